import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeJson } from "../json-file.ts";
import { isEmptied } from "./emptied.ts";
import type { Project } from "./project.ts";
import type { CreateOptions } from "./warden/index.ts";

/**
 * What makes containers again that we have removed, for a fresh process: one file each (0600), because environments may hold
 * secrets. None may outlive its removal: another container's would be made from it.
 */
export interface Removed {
  put(key: string, create: CreateOptions): void;
  get(key: string): CreateOptions | null;
  /** It is there again, by whomever. */
  drop(key: string): void;
}

/** Of one project. */
export function removedOf(project: Pick<Project, "stateDirectory">): Removed {
  const directory = directoryOf(project);
  const fileOf = (key: string): string =>
    join(directory, `${createHash("sha256").update(key).digest("hex").slice(0, 16)}.json`);
  return {
    put: (key, create) => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeJson(fileOf(key), create);
    },
    get: (key) => readJson<CreateOptions>(fileOf(key)),
    drop: (key) => rmSync(fileOf(key), { force: true }),
  };
}

/** All are there, or nothing is to be made again. */
export function forgetRemoved(project: Pick<Project, "stateDirectory">): void {
  rmSync(directoryOf(project), { recursive: true, force: true });
}

/** A warden may have taken the project down, after a death of ours. */
export async function forgetRemovedIfDown(project: Project): Promise<void> {
  if (isEmptied(project) || (await project.containers.list()).length > 0) return;
  if ((await project.networks()).length === 0) forgetRemoved(project);
}

function directoryOf({ stateDirectory }: Pick<Project, "stateDirectory">): string {
  return join(stateDirectory, "removed");
}
