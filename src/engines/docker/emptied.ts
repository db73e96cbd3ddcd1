import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "./project.ts";

/**
 * Of a project that has no network of its own, nothing at all is left when a step has removed its only container: it then
 * looks as if somebody had taken it down. That it was us is noted until it is made again, for a fresh process too.
 */
export async function noteIfEmptied(project: Project): Promise<void> {
  const isEmpty =
    (await project.containers.list()).length === 0 && (await project.networks()).length === 0;
  if (isEmpty) writeFileSync(pathOf(project), "", { mode: 0o600 });
  else forgetEmptied(project);
}

/** Has a removal of ours, and no down, taken the last of it? */
export function isEmptied(project: Project): boolean {
  return existsSync(pathOf(project));
}

/** A dead run's removal may have been undone by its warden. */
export async function forgetIfRefilled(project: Project): Promise<void> {
  if ((await project.containers.list()).length > 0) forgetEmptied(project);
}

export function forgetEmptied(project: Project): void {
  rmSync(pathOf(project), { force: true });
}

function pathOf({ stateDirectory }: Project): string {
  return join(stateDirectory, "emptied");
}
