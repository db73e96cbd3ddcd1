import { join } from "node:path";
import { readJson, writeJson } from "../../json-file.ts";
import type { Project } from "../project.ts";

/** Ids of the images that were built or pulled for a release of this project: they are no residue. */
export function fetchedImages(project: Pick<Project, "stateDirectory">): readonly string[] {
  return readJson<readonly string[]>(pathOf(project)) ?? [];
}

export function noteFetched(project: Pick<Project, "stateDirectory">, id: string): void {
  const known = fetchedImages(project);
  if (!known.includes(id)) writeJson(pathOf(project), [...known, id]);
}

export function forgetFetched(project: Pick<Project, "stateDirectory">, id: string): void {
  const known = fetchedImages(project);
  writeJson(
    pathOf(project),
    known.filter((one) => one !== id),
  );
}

function pathOf({ stateDirectory }: Pick<Project, "stateDirectory">): string {
  return join(stateDirectory, "images.json");
}
