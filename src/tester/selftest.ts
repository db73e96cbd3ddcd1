import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AegisError } from "../kit/errors.ts";
import type { World } from "../kit/world.ts";
import type { Mutant } from "./messages.ts";
import {
  countChecks,
  freezeChecks,
  killChecks,
  parseServerLog,
  type SelftestCheck,
  type ServerLog,
} from "./selftest-checks.ts";
import { localTraffic, type Trial, trial } from "./trial.ts";

export interface SelftestOptions {
  /** Absolute path of `dist`. */
  readonly dist: string;
  readonly world: Pick<World, "clock" | "execPath">;
  /** Only for the self-test's own test: a tester that is wrong in this way. */
  readonly mutant?: Mutant | null;
  /** How often each part may be tried; absent: 3. A busy machine spoils some tries, a wrong tester all. */
  readonly tries?: number;
  /** Told what is being done. */
  readonly onProgress: (line: string) => void;
}

/** What the tester said beside what is true. */
export interface SelftestReport {
  readonly ok: boolean;
  readonly checks: readonly SelftestCheck[];
}

/** Per second. */
const RATE = 250;
const STEADY_MS = 700;
const FREEZE_MS = 1000;
const DOWN_MS = 300;
/** So few connections a frozen server lets in: the other requests must wait in the tester, which may not hide it. */
const BACKLOG = 64;

/**
 * Proves the tester on this machine: starts a server, freezes it and kills it for known times, and compares what the
 * tester reports with what the server wrote down itself. Takes some 6 s. Throws ENVIRONMENT when no server can be started.
 */
export async function runSelftest(options: SelftestOptions): Promise<SelftestReport> {
  const directory = await mkdtemp(join(tmpdir(), "aegis-selftest-"));
  try {
    options.onProgress(`freezing a server for ${FREEZE_MS} ms under ${RATE} requests/s`);
    const frozen = await tried(options, (n) => freeze(options, join(directory, `freeze-${n}.log`)));
    options.onProgress(`killing a server for ${DOWN_MS} ms under ${RATE} requests/s`);
    const killed = await tried(options, (n) => kill(options, join(directory, `kill-${n}.log`)));
    const checks = [...frozen, ...killed];
    return { ok: checks.every(({ ok }) => ok), checks };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The checks of the first try that passes, or of the last. */
async function tried(
  { tries = 3, onProgress }: SelftestOptions,
  part: (n: number) => Promise<SelftestCheck[]>,
): Promise<SelftestCheck[]> {
  for (let n = 1; ; n++) {
    const checks = await part(n);
    const failed = checks.filter(({ ok }) => !ok);
    if (failed.length === 0 || n >= tries) return checks;
    onProgress(`trying again, the machine may have been busy: ${failed.map(({ name }) => name)}`);
  }
}

async function freeze(options: SelftestOptions, logFile: string): Promise<SelftestCheck[]> {
  const { clock } = options.world;
  const server = await startServer(options, logFile, 0);
  let during = 0;
  const result = await attempt(options, server, async () => {
    await clock.sleep(STEADY_MS);
    server.child.kill("SIGSTOP");
    await clock.sleep(FREEZE_MS / 2);
    during = clock.now();
    await clock.sleep(FREEZE_MS / 2);
    server.child.kill("SIGCONT");
    await clock.sleep(STEADY_MS);
  });
  const log = await readLog(logFile);
  return [...countChecks("freeze", result, log, RATE), ...freezeChecks(result, log, RATE, during)];
}

async function kill(options: SelftestOptions, logFile: string): Promise<SelftestCheck[]> {
  const { clock } = options.world;
  const server = await startServer(options, logFile, 0);
  let killed = 0;
  const result = await attempt(options, server, async () => {
    await clock.sleep(STEADY_MS);
    killed = clock.now();
    await end(server.child);
    await clock.sleep(DOWN_MS);
    server.child = (await startServer(options, logFile, server.port)).child;
    await clock.sleep(STEADY_MS);
  });
  const log = await readLog(logFile);
  return [...countChecks("kill", result, log, RATE), ...killChecks(result, log, RATE, killed)];
}

/** A trial during `play`, after which the server is gone whatever happened. */
async function attempt(
  { dist, mutant }: SelftestOptions,
  server: Server,
  play: () => Promise<void>,
): Promise<Trial> {
  const traffic = [localTraffic(server.port, { rate: RATE })];
  try {
    return await trial({ dist, traffic, mutant: mutant ?? null, play });
  } finally {
    await end(server.child);
  }
}

interface Server {
  child: ChildProcess;
  readonly port: number;
}

async function startServer(
  { dist, world }: SelftestOptions,
  logFile: string,
  port: number,
): Promise<Server> {
  const program = join(dist, "src", "tester", "selftest-server.js");
  const args = [program, String(port), logFile, String(BACKLOG)];
  const child = spawn(world.execPath, args, { stdio: ["pipe", "pipe", "ignore"] });
  const first = once(child.stdout, "data").then(([chunk]) => String(chunk));
  const gone = once(child, "exit").then(([code]) => `exit code ${code}`);
  const line = await Promise.race([first, gone]);
  if (/^\d+\n$/.test(line)) return { child, port: Number(line) };
  throw new AegisError("ENVIRONMENT", `the self-test's server did not start: ${line.trim()}`, {
    hint: "it needs a free port on 127.0.0.1 and permission to start processes",
  });
}

/** SIGKILL, also of a frozen one; resolves when it is gone. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

async function readLog(file: string): Promise<ServerLog> {
  return parseServerLog(await readFile(file, "utf8"));
}
