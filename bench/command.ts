import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { usageOf } from "./machine.ts";

export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `pipe`: one that stays open as long as we live. */
  readonly stdin?: "ignore" | "pipe";
}

/** A command that has ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
  /** Of the process itself, read every 50 ms while it ran; NaN without /proc. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** A command that is running. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Resolves with the first line on stdout; rejects when it ends before. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<Ended>;
}

const WATCH_MS = 50;

/** Starts a command, without a shell. */
export function start(command: readonly string[], surroundings: Surroundings = {}): Running {
  const [program, ...args] = command as [string, ...string[]];
  const began = performance.now();
  const child = spawn(program, args, {
    ...(surroundings.cwd === undefined ? {} : { cwd: surroundings.cwd }),
    env: { ...(surroundings.env ?? process.env) },
    stdio: [surroundings.stdin ?? "ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  const watch = watchUsage(child.pid);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, ...texts, wallMs: performance.now() - began, ...watch.end() });
    });
  });
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const end = texts.stdout.indexOf("\n");
      if (end >= 0) resolve(texts.stdout.slice(0, end));
    });
    ended.then(() => reject(new Error(`${program} ended: ${texts.stderr}`)), reject);
  });
  firstLine.catch(() => undefined);
  ended.catch(() => undefined);
  return { child, pid: child.pid ?? 0, firstLine, ended };
}

/** Runs a command to its end. Throws when it cannot be started. */
export function run(command: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  return start(command, surroundings).ended;
}

/** Runs a command that must end with exit code 0; throws with what it printed. */
export async function succeed(
  command: readonly string[],
  surroundings: Surroundings = {},
): Promise<Ended> {
  const ended = await run(command, surroundings);
  if (ended.code === 0) return ended;
  const said = `${ended.stdout}\n${ended.stderr}`.trim().slice(-2000);
  throw new Error(`${command.join(" ")} ended with ${ended.code}:\n${said}`);
}

/** SIGKILL, also of a frozen one; resolves when it is gone. */
export async function end({ child }: Pick<Running, "child">): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

function watchUsage(pid: number | undefined) {
  let cpuSeconds = Number.NaN;
  let peakBytes = 0;
  const look = (): void => {
    const usage = pid === undefined ? null : usageOf(pid);
    if (usage === null) return;
    cpuSeconds = usage.cpuSeconds;
    peakBytes = Math.max(peakBytes, usage.residentBytes);
  };
  const timer = setInterval(look, WATCH_MS);
  return {
    end: () => {
      clearInterval(timer);
      return { cpuSeconds, peakBytes };
    },
  };
}
