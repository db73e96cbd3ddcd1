import { entryOf } from "../compose/entry.ts";
import type { Engine } from "../engines/engine.ts";
import { AegisError } from "../kit/errors.ts";
import type { Stack } from "../model/stack.ts";
import type { Host } from "./host.ts";

/** Where a person reaches the stack, as a URL; null when no service can be told to be its entry. */
export async function entryUrl(stack: Stack, engine: Engine): Promise<string | null> {
  const entry = entryOf(stack);
  if (entry === null) return null;
  const { host, port } = await engine.addressOf(null, entry.service, entry.port);
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}

/** The same, of a stack that may well run without a way in for people; null then too. */
export async function entryUrlIfAny(stack: Stack, engine: Engine): Promise<string | null> {
  try {
    return await entryUrl(stack, engine);
  } catch (thrown) {
    if (thrown instanceof AegisError && thrown.code === "ENVIRONMENT") return null;
    throw thrown;
  }
}

/**
 * A path of the entry by the names of the stack, for a traffic; says on stderr when the entry was guessed. Throws
 * INVALID_INPUT when there is no entry.
 */
export function entryUrlOf(host: Host, stack: Stack, path: string): string {
  const entry = entryOf(stack);
  if (entry === null) {
    throw new AegisError("INVALID_INPUT", `cannot tell where ${stack.project} is reached`, {
      hint: "Mark a service with x-aegis: { entry: true }.",
    });
  }
  const root = new URL(`http://${entry.service}:${entry.port ?? 80}/`);
  const url = new URL(path, root);
  if (url.host === root.host) sayEntryGuess(host, stack);
  return url.href;
}

/** Says on stderr how the entry was guessed, if it was. */
export function sayEntryGuess(host: Host, stack: Stack): void {
  const guess = entryGuess(stack);
  if (guess !== null) host.stderr.line(guess);
}

/** How the entry was chosen and how to choose another, where it was a guess; null where it was named. */
function entryGuess(stack: Stack): string | null {
  const entry = entryOf(stack);
  if (entry === null || stack.entry !== undefined) return null;
  const others = stack.replicas.some(({ service }) => service !== entry.service);
  if (!others && !entry.why.includes("guess")) return null;
  const { service, port, why } = entry;
  return `requests go to ${service}${port === null ? "" : `:${port}`}: ${why} (another: --entry SERVICE:PORT)`;
}
