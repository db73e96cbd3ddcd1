import { rmSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeJson } from "../json-file.ts";
import type { Project } from "./project.ts";
import { volumesOf } from "./volumes.ts";

/** What is remembered of a project that `up` has made, until `down`. */
interface UpRecord {
  /** Volumes that were there before: they are not ours to remove. */
  readonly keepVolumes: readonly string[];
}

/** The volumes to be kept at `down`. Of a project of which nothing is there yet: all that there are now, which is noted. */
export async function volumesToKeep(project: Project): Promise<readonly string[]> {
  const path = pathOf(project);
  const known = readJson<UpRecord>(path);
  const isThere = (await project.containers.list()).length > 0;
  if (isThere) return known?.keepVolumes ?? volumesOf(project);
  const keepVolumes = await volumesOf(project);
  writeJson(path, { keepVolumes } satisfies UpRecord);
  return keepVolumes;
}

export function forgetUp(project: Project): void {
  rmSync(pathOf(project), { force: true });
}

function pathOf({ stateDirectory }: Project): string {
  return join(stateDirectory, "up.json");
}
