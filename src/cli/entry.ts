import { entryOf } from "../compose/entry.ts";
import type { Engine } from "../engines/engine.ts";
import type { Stack } from "../model/stack.ts";

/** Where a person reaches the stack, as a URL; null when no service can be told to be its entry. */
export async function entryUrl(stack: Stack, engine: Engine): Promise<string | null> {
  const entry = entryOf(stack);
  if (entry === null) return null;
  const { host, port } = await engine.addressOf(null, entry.service, entry.port);
  return `http://${host}:${port}/`;
}
