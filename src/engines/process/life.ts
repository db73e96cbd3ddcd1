import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { AegisError } from "../../kit/errors.ts";
import type { Launch } from "./launch.ts";
import { signalGroup } from "./signals.ts";

/** How a process ended: exactly one of the two is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process from its start to its death, leader of a group (and session) of its own. */
export interface Life {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves by the exit event of the operating system. Whoever was left in its group has been killed by then. */
  readonly exited: Promise<Exit>;
  /** Exited, and everything it printed has been read. */
  readonly closed: Promise<void>;
}

/** Keeps the list of groups that must not outlive us. */
export interface GroupRegister {
  add(group: number): void;
  drop(group: number): void;
}

/** Starts a process. Rejects with ENVIRONMENT (no such program, no such directory, not executable). */
export async function startLife(
  launch: Launch,
  name: string,
  groups: GroupRegister,
): Promise<Life> {
  const { file, args, cwd, env } = launch;
  if (!existsSync(cwd)) {
    throw new AegisError(
      "ENVIRONMENT",
      `${name} cannot start: its directory ${cwd} does not exist`,
    );
  }
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const pid = child.pid;
  if (pid === undefined) throw await spawnProblem(child, file, name);
  groups.add(pid);
  child.on("error", () => undefined);
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => {
      signalGroup(pid, "SIGKILL");
      groups.drop(pid);
      resolve({ code, signal });
    });
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return { pid, child, exited, closed };
}

/** Output is waited for that long after the exit: a daemon it started may hold the pipe open for ever. */
const LAST_WORDS_MS = 300;

/** Resolves when a life that has ended is known to say nothing more. */
export async function lastWords(life: Life): Promise<void> {
  const enough = new AbortController();
  const late = sleep(LAST_WORDS_MS, undefined, { signal: enough.signal }).catch(() => undefined);
  await Promise.race([life.closed, late]);
  enough.abort();
}

/** How it exited, or null when the time was over before. */
export async function exitWithin(life: Life, ms: number): Promise<Exit | null> {
  const enough = new AbortController();
  const late = sleep(ms, null, { signal: enough.signal }).catch(() => null);
  const exit = await Promise.race([life.exited, late]);
  enough.abort();
  return exit;
}

function spawnProblem(child: ChildProcess, file: string, name: string): Promise<AegisError> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        ENOENT: `command not found: ${file}`,
        EACCES: `not executable: ${file}`,
      };
      const reason = reasons[error.code ?? ""] ?? error.message;
      resolve(
        new AegisError("ENVIRONMENT", `${name} cannot start: ${reason}`, {
          hint: "is the program installed, and the path right? Programs are looked up in PATH",
          cause: error,
        }),
      );
    });
  });
}
