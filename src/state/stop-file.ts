import { existsSync } from "node:fs";
import { join } from "node:path";
import type { World } from "../kit/world.ts";

/** The STOP file that is there: of everything of this user, or of the directory that the command was typed in; null when there is none. */
export function stopFile({ stateHome, cwd }: Pick<World, "stateHome" | "cwd">): string | null {
  const places = [join(stateHome, "STOP"), join(cwd, ".aegis", "STOP")];
  return places.find((path) => existsSync(path)) ?? null;
}
