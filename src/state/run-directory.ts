import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AegisError, messageOf } from "../kit/errors.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { World } from "../kit/world.ts";
import { slug } from "./slug.ts";
import { errnoOf } from "./whole-file.ts";

/** Where one run's files are. */
export interface RunDirectory {
  /** Short and random; the last part of the directory's name. */
  readonly id: string;
  /** Absolute. */
  readonly path: string;
  /** Absolute path of its `journal.ndjson`. */
  readonly journal: string;
}

const JOURNAL = "journal.ndjson";
const LATEST = "latest";

/** Makes the parent of run directories, `out` or `./.aegis/runs`, and returns it. Throws ENVIRONMENT when nothing can be written there. */
export function prepareRuns(world: World, out: string | null): string {
  const home = join(world.cwd, ".aegis");
  const parent = out === null ? join(home, "runs") : resolve(world.cwd, out);
  try {
    mkdirSync(parent, { recursive: true });
    if (out === null) ignoreInGit(home);
    accessSync(parent, constants.W_OK);
  } catch (error) {
    throw refused(`cannot make run directories in ${parent}`, error);
  }
  return parent;
}

/**
 * Makes `<utc>-<name>-<id>/` in `out` (`--out DIR`) or in `./.aegis/runs`, and lets `latest` beside it point there.
 * Throws ENVIRONMENT when that is refused.
 */
export function createRunDirectory(world: World, name: string, out: string | null): RunDirectory {
  const parent = prepareRuns(world, out);
  const id = world.drawId();
  const utc = world.clock.wall().toISOString().slice(0, 19).replace(/[-:]/g, "");
  const path = join(parent, `${utc}Z-${slug(name, 40, "run")}-${id}`);
  try {
    mkdirSync(path);
  } catch (error) {
    throw refused(`cannot make the run directory ${path}`, error);
  }
  pointLatest(parent, basename(path), id);
  return { id, path, journal: join(path, JOURNAL) };
}

/**
 * The run that a user means: the path of a run directory or of its journal, `latest`, or an id or the beginning of an id or
 * of a directory's name in `./.aegis/runs`. Throws INVALID_INPUT, with what there is.
 */
export function findRun(cwd: string, ref: string): RunDirectory {
  const named = resolve(cwd, ref);
  for (const path of [named, dirname(named)]) {
    if (isFile(join(path, JOURNAL)) && (path === named || basename(named) === JOURNAL))
      return runAt(path);
  }
  const parent = join(cwd, ".aegis", "runs");
  const names = runNames(parent);
  if (ref === LATEST && names.length > 0) return runAt(latestOf(parent, names));
  const exact = names.filter((name) => name === ref || idOf(name) === ref);
  const near = names.filter((name) => name.startsWith(ref) || idOf(name).startsWith(ref));
  const [only, ...others] = exact.length > 0 ? exact : near;
  if (only === undefined || ref === "") throw notFound(ref, parent, names);
  if (others.length > 0) throw ambiguous(ref, [only, ...others]);
  return runAt(join(parent, only));
}

function runAt(directory: string): RunDirectory {
  const path = realpathSync(directory);
  return { id: idOf(basename(path)), path, journal: join(path, JOURNAL) };
}

/** Names of directories that hold a journal; the name begins with the time, so the newest is the last. */
function runNames(parent: string): string[] {
  try {
    return readdirSync(parent)
      .filter((name) => name !== LATEST && isFile(join(parent, name, JOURNAL)))
      .sort();
  } catch {
    return [];
  }
}

function latestOf(parent: string, names: readonly string[]): string {
  const link = join(parent, LATEST);
  return isFile(join(link, JOURNAL)) ? link : join(parent, names.at(-1) as string);
}

function idOf(name: string): string {
  return name.slice(name.lastIndexOf("-") + 1);
}

/** Without symlinks `latest` is found by name. */
function pointLatest(parent: string, name: string, id: string): void {
  const draft = join(parent, `.latest-${id}`);
  try {
    symlinkSync(name, draft);
    renameSync(draft, join(parent, LATEST));
  } catch {
    rmSync(draft, { force: true });
  }
}

function ignoreInGit(home: string): void {
  try {
    writeFileSync(join(home, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function refused(what: string, error: unknown): AegisError {
  return new AegisError("ENVIRONMENT", `${what}: ${messageOf(error)}`, {
    hint: "run aegis in a directory that you can write to, or give one with --out DIR",
    cause: error,
  });
}

function notFound(ref: string, parent: string, names: readonly string[]): AegisError {
  const hint =
    names.length === 0
      ? "`aegis chaos run` makes one; runs elsewhere are given by their path"
      : didYouMean(ref, [LATEST, ...names.map(idOf), ...names].reverse());
  return new AegisError("INVALID_INPUT", `no run ${JSON.stringify(ref)} in ${parent}`, { hint });
}

function ambiguous(ref: string, names: readonly string[]): AegisError {
  return new AegisError("INVALID_INPUT", `${JSON.stringify(ref)} may be ${names.length} runs`, {
    hint: `use one of: ${names.slice(-10).join(", ")}`,
  });
}
