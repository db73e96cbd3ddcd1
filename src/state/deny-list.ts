import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AegisError, messageOf } from "../kit/errors.ts";
import type { World } from "../kit/world.ts";
import { errnoOf } from "./whole-file.ts";

/** The line that keeps a project from being harmed. */
export interface Denial {
  /** `/etc/aegis/deny:3`. */
  readonly at: string;
  /** As it stands there: a name, or a pattern with `*` and `?`. */
  readonly pattern: string;
}

/** Of the machine: for who runs it, and its users alike. */
const OF_THE_MACHINE = "/etc/aegis/deny";

/** The files that are read, the user's own first. */
export function denyFiles({ stateHome }: Pick<World, "stateHome">): readonly string[] {
  return [join(stateHome, "deny"), OF_THE_MACHINE];
}

/** The first line that denies a project; null when none does. Throws ENVIRONMENT when a list is there and cannot be read: nobody knows what it forbids. */
export function denialOf(project: string, files: readonly string[]): Denial | null {
  for (const file of files) {
    const patterns = linesOf(file).map((line) => line.replace(/(^|\s)#.*$/, "").trim());
    const index = patterns.findIndex((pattern) => pattern !== "" && matches(pattern, project));
    if (index >= 0) return { at: `${file}:${index + 1}`, pattern: patterns[index] as string };
  }
  return null;
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error))) return [];
    throw new AegisError("ENVIRONMENT", `cannot read the deny list ${file}: ${messageOf(error)}`, {
      hint: "nothing is harmed while it is not known what may not be: make it readable, or remove it",
      cause: error,
    });
  }
}

/** Upper and lower case are the same: a list that forbids is read widely. */
function matches(pattern: string, project: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "isu").test(project);
}
