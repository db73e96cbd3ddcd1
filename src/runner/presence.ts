import type { Engine } from "../engines/engine.ts";

/**
 * Is the project there at all? It is, even with nothing of it running, when a run has just killed or removed the last
 * replica: what was harmed is to be put back. When it was taken down there is nothing left to put back.
 */
export async function isThere(
  engine: Pick<Engine, "exists" | "replicas" | "exclusive">,
): Promise<boolean> {
  if (await engine.exists()) return true;
  if (engine.exclusive === true) return false;
  return (await engine.replicas()).some(({ state }) => state === "removed");
}
