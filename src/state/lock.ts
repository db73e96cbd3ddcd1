import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { AegisError, messageOf } from "../kit/errors.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../kit/process-identity.ts";
import type { World } from "../kit/world.ts";
import { recallProject } from "./project-directory.ts";
import { errnoOf } from "./whole-file.ts";

/*
 * The lock is a chain of generations: lock.1, lock.2, ... The highest one is the truth: empty is free, else it names its
 * holder. To take or to free it is to append the next generation, which hard-links a finished file to a name that must
 * not exist: of all who saw the same last generation exactly one succeeds, and the content appears at once.
 *
 *   lock.7 {dead}  ->  lock.8 {me}  ->  lock.9 (empty)
 *
 * Nobody ever removes the highest generation, so nobody can take away what another has just taken (the race of "the
 * owner is dead: unlink, create"). Lower ones are swept; whoever slept so long that a swept number was free to him
 * sees a higher one after his link, and withdraws.
 */

/** Who uses a project. */
export interface Holder {
  readonly identity: ProcessIdentity;
  /** As typed, for people: `aegis chaos run`. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** Held until it is released, or until our process is gone. */
export interface Lock {
  /** The owner that died holding it: its harm may still be there. */
  readonly previous: Holder | null;
  /** Idempotent, never throws. */
  release(): void;
}

interface Generation {
  readonly number: number;
  /** null: free. */
  readonly holder: Holder | null;
}

const ATTEMPTS = 200;

/** Takes a project for this process; throws ENVIRONMENT when a living one has it, saying who, or when the disk refuses. */
export async function acquireLock(directory: string, world: World, command: string): Promise<Lock> {
  const identity = identityOf(world.pid);
  if (identity === null) {
    throw new AegisError("ENVIRONMENT", `cannot read the start time of our own pid ${world.pid}`, {
      hint: "aegis needs /proc, or the programs ps and sysctl",
    });
  }
  const me: Holder = { identity, command, since: world.clock.wall().toISOString() };
  const draft = join(directory, `lock.draft-${world.pid}-${world.drawId()}`);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const last = lastGeneration(directory);
    if (last.holder !== null && isAlive(last.holder.identity)) throw inUse(directory, last.holder);
    const mine = last.number + 1;
    if (!append(directory, mine, draft, JSON.stringify(me))) continue;
    sweep(directory, mine);
    return { previous: last.holder, release: once(() => free(directory, mine, draft)) };
  }
  throw new AegisError(
    "ENVIRONMENT",
    `cannot take the lock in ${directory}: others keep taking it`,
    {
      hint: "wait until the other aegis commands on this project have ended, then try again",
    },
  );
}

/** Who has the project now, or had it last and died; null when it is free. Takes nothing. */
export function readLock(
  directory: string,
): { readonly holder: Holder; readonly alive: boolean } | null {
  const { holder } = lastGeneration(directory);
  return holder === null ? null : { holder, alive: isAlive(holder.identity) };
}

function append(directory: string, number: number, draft: string, content: string): boolean {
  const path = join(directory, `lock.${number}`);
  try {
    writeFileSync(draft, content, { mode: 0o600 });
    linkSync(draft, path);
  } catch (error) {
    // ENOENT: the one who took it has swept our draft.
    if (["EEXIST", "ENOENT"].includes(errnoOf(error))) return false;
    throw new AegisError("ENVIRONMENT", `cannot lock ${directory}: ${messageOf(error)}`, {
      hint: "set AEGIS_HOME to a directory on a local disk that you can write to",
      cause: error,
    });
  } finally {
    rmSync(draft, { force: true });
  }
  if (highest(directory) === number) return true;
  rmSync(path, { force: true });
  return false;
}

/** An empty file needs no space: freeing works on a full disk. Tried again when one who held it before us sweeps late and takes our draft along. */
function free(directory: string, held: number, draft: string): void {
  try {
    for (let attempt = 0; attempt < ATTEMPTS && highest(directory) === held; attempt++) {
      if (append(directory, held + 1, draft, "")) sweep(directory, held + 1);
    }
  } catch {
    // It names us still, and is as good as free when we are gone.
  }
}

function sweep(directory: string, newest: number): void {
  for (const name of readdirSync(directory)) {
    const number = generationOf(name);
    const old = number !== null && number < newest;
    if (old || name.startsWith("lock.draft-")) rmSync(join(directory, name), { force: true });
  }
}

function lastGeneration(directory: string): Generation {
  for (;;) {
    const number = highest(directory);
    if (number === 0) return { number, holder: null };
    try {
      return { number, holder: parse(readFileSync(join(directory, `lock.${number}`), "utf8")) };
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
      // Swept between the two calls: there is a higher one by now.
    }
  }
}

/** Content is linked whole; only a power loss leaves less, and then its writer is gone. */
function parse(content: string): Holder | null {
  try {
    const holder = JSON.parse(content) as Partial<Holder> | null;
    return typeof holder?.identity?.pid === "number" ? (holder as Holder) : null;
  } catch {
    return null;
  }
}

function highest(directory: string): number {
  try {
    return Math.max(0, ...readdirSync(directory).map((name) => generationOf(name) ?? 0));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return 0;
    throw error;
  }
}

function generationOf(name: string): number | null {
  return /^lock\.[0-9]+$/.test(name) ? Number(name.slice("lock.".length)) : null;
}

function inUse(directory: string, { identity, command, since }: Holder): AegisError {
  const project = recallProject(directory)?.stack.project ?? basename(directory);
  const when = since.replace("T", " ").replace(/\.\d+Z$/, " UTC");
  return new AegisError(
    "ENVIRONMENT",
    `project ${project} is in use by \`${command}\` (pid ${identity.pid}, since ${when})`,
    {
      hint: `wait until it has ended, or interrupt it (kill -INT ${identity.pid}): it undoes its harm first. To run beside it, use another project name`,
    },
  );
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
