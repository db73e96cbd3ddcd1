import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process, { hrtime } from "node:process";
import { fileURLToPath } from "node:url";
import { EXIT_CODES } from "../kit/errors.ts";
import type { World } from "../kit/world.ts";
import { worstExit } from "../runner/exit.ts";
import { createOutput } from "./output.ts";

/** The one place that touches the process: what commands need of it, and nothing else. */
export interface Host {
  readonly world: World;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Arguments after `aegis`. */
  readonly argv: readonly string[];
  /** An output that could not be written makes it worse, whenever that was. */
  setExitCode(code: number): void;
  /** From now on the first SIGINT, SIGTERM or SIGHUP aborts the signal (its reason is the signal's name); a second one exits at once with `leave()`. */
  takeSignals(leave: () => number): AbortSignal;
  /** An error that nobody catches ends the process with what the `report` given last returns; never with 1, which is a verdict. */
  whenUncaught(report: (thrown: unknown) => number): void;
}

export interface Output {
  /** Writes a line. When it cannot be written the rest is dropped; a reader that has gone away (`| head`) is no error. */
  line(text: string): void;
  /** Writes as it is, for progress that is redrawn in place. */
  raw(text: string): void;
  readonly isTerminal: boolean;
  /** Columns; 80 when unknown. */
  readonly width: number;
  readonly color: boolean;
  /** Aborts when nothing can be written any more, as when the reader has gone away: what only prints can stop. */
  readonly closed: AbortSignal;
}

export function createHost(): Host {
  const packageRoot = findPackageRoot(dirname(fileURLToPath(import.meta.url)));
  const env = { ...process.env };
  let isLost = false;
  const exitWith = (code: number): number =>
    isLost ? worstExit([code, EXIT_CODES.ENVIRONMENT]) : code;
  const stderr = createOutput(process.stderr, env, () => {});
  const stdout = createOutput(process.stdout, env, ({ message }) => {
    isLost = true;
    process.exitCode = exitWith(Number(process.exitCode ?? 0));
    stderr.line(`error: cannot write to stdout: ${message}`);
    stderr.line("  The rest of it is lost. A run is kept: aegis report latest");
  });
  return {
    world: createWorld(env, packageRoot),
    stdout,
    stderr,
    argv: process.argv.slice(2),
    setExitCode: (code) => {
      process.exitCode = exitWith(code);
    },
    takeSignals: (leave) => takeSignals(() => exitWith(leave())),
    whenUncaught: (report) => {
      process.removeAllListeners("uncaughtException");
      process.on("uncaughtException", (thrown) => process.exit(exitWith(report(thrown))));
    },
  };
}

function createWorld(env: Record<string, string | undefined>, packageRoot: string): World {
  const state = env["XDG_STATE_HOME"] || join(env["HOME"] || homedir(), ".local", "state");
  return {
    clock: {
      now: () => Number(hrtime.bigint() / 1000n),
      wall: () => new Date(),
      sleep,
    },
    env,
    cwd: process.cwd(),
    platform: process.platform,
    pid: process.pid,
    execPath: process.execPath,
    packageRoot,
    stateHome: env["AEGIS_HOME"] || join(state, "aegis"),
    drawSeed: () => drawNumber() >>> 1,
    drawId: () => drawNumber().toString(16).padStart(8, "0"),
  };
}

/** 32 random bits from Web Crypto, which Node loads only now: importing node:crypto would cost every command its time. */
function drawNumber(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number;
}

/** It runs in `dist/cli` as the command, in `dist/src/cli` or `src/cli` in a test. */
function findPackageRoot(here: string): string {
  const root = join(here, "..", "..");
  return root.endsWith("/dist") ? dirname(root) : root;
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, Math.min(Math.max(0, ms), 2 ** 31 - 1));
    signal?.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}

function takeSignals(leave: () => number): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(leave());
      controller.abort(name);
    });
  }
  return controller.signal;
}
