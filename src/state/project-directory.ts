import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { AegisError, messageOf } from "../kit/errors.ts";
import type { World } from "../kit/world.ts";
import type { Stack } from "../model/stack.ts";
import { slug } from "./slug.ts";
import { errnoOf, writeWhole } from "./whole-file.ts";

/** What `heal` needs to find a project again in a fresh process, from anywhere. Kept at 0600: environments may hold secrets. */
export interface ProjectRecord {
  /** Name of the engine. */
  readonly engine: string;
  /** Variables of the environment that lead the engine to where the project is; absent: none. */
  readonly place?: Readonly<Record<string, string>>;
  readonly stack: Stack;
  /** `up` created it; a project that was already there is not ours to take down. */
  readonly owned: boolean;
  /** Which life of the project `up` has created, where engines can tell: somebody else may have made it anew since. */
  readonly life?: string;
}

/** A project that aegis has touched. */
export interface RememberedProject {
  readonly stateDirectory: string;
  /** null when the record cannot be read: `problem` says why. */
  readonly record: ProjectRecord | null;
  readonly problem: string | null;
}

const RECORD = "project.json";

/**
 * Where a project's lock, ledger and sockets are, or would be: below `world.stateHome`, named readably and short (sockets
 * in it must fit 104 bytes), told apart by a hash of engine (with its endpoint, where it has several) and project. Makes
 * nothing: a command that only looks leaves no trace.
 */
export function projectPath(world: World, engine: string, project: string): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([engine, project]))
    .digest("hex");
  const name = `${slug(engine, 10, "engine")}-${slug(project, 20, "project")}-${hash.slice(0, 8)}`;
  return join(world.stateHome, name);
}

/** The same directory, private (0700) and made if need be. Throws ENVIRONMENT. */
export function projectDirectory(world: World, engine: string, project: string): string {
  const directory = projectPath(world, engine, project);
  try {
    makeDirectory(directory);
    chmodSync(directory, 0o700);
  } catch (error) {
    throw new AegisError(
      "ENVIRONMENT",
      `cannot use ${directory} for the state of project ${project}: ${messageOf(error)}`,
      { hint: "set AEGIS_HOME to a directory that you can write to", cause: error },
    );
  }
  return directory;
}

/** Not by `recursive`: on Node 20 that never ends where a directory says that what is made in it is not there (/proc). */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

/** Writes the record of a project into its directory, atomically. Throws ENVIRONMENT. */
export function rememberProject(directory: string, record: ProjectRecord, world: World): void {
  const draft = join(directory, `${RECORD}.${world.pid}-${world.drawId()}`);
  try {
    writeWhole(join(directory, RECORD), draft, `${JSON.stringify(record)}\n`);
  } catch (error) {
    throw new AegisError(
      "ENVIRONMENT",
      `cannot record project ${record.stack.project} in ${directory}: ${messageOf(error)}`,
      { hint: "free space there, or set AEGIS_HOME to another directory", cause: error },
    );
  }
}

/** The record in a project's directory; null when there is none or it cannot be read. */
export function recallProject(directory: string): ProjectRecord | null {
  return readProject(directory)?.record ?? null;
}

/** After `down`: nothing of this project is left that `heal` would have to find. Idempotent. */
export function forgetProject(directory: string): void {
  rmSync(join(directory, RECORD), { force: true });
}

/** Every remembered project of every engine, by directory name. Empty when aegis was never used here. */
export function listProjects(world: World): readonly RememberedProject[] {
  return namesIn(world.stateHome)
    .sort()
    .map((name) => readProject(join(world.stateHome, name)))
    .filter((project) => project !== null);
}

function readProject(stateDirectory: string): RememberedProject | null {
  try {
    const text = readFileSync(join(stateDirectory, RECORD), "utf8");
    return { stateDirectory, record: asRecord(JSON.parse(text)), problem: null };
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error))) return null;
    return { stateDirectory, record: null, problem: `${RECORD}: ${messageOf(error)}` };
  }
}

function asRecord(value: Partial<ProjectRecord> | null): ProjectRecord {
  if (typeof value?.engine !== "string" || !Array.isArray(value.stack?.replicas)) {
    throw new Error("expected an engine and a stack");
  }
  return value as ProjectRecord;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw new AegisError("ENVIRONMENT", `cannot read ${directory}: ${messageOf(error)}`, {
      hint: "set AEGIS_HOME to a directory that you can read",
      cause: error,
    });
  }
}
