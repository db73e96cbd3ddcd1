import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { platform } from "node:os";

/** One row of the machine's process table. */
export interface ProcessRow {
  readonly pid: number;
  readonly group: number;
  /** One letter as ps shows it: R, S, D, T (stopped), Z ... */
  readonly state: string;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

const linux = platform() === "linux";
/** USER_HZ, which is 100 on every Linux, whatever the kernel's own HZ. */
const TICK_MS = 10;

/** The row of one process; null when there is none (a zombie is one until it is reaped). */
export function readProcess(pid: number): ProcessRow | null {
  if (!linux) return ps(["-p", String(pid)])[0] ?? null;
  const text = readOrNull(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text, () => residentBytes(pid));
}

/** Every process of the machine. */
export function readProcesses(): ProcessRow[] {
  if (!linux) return ps(["-ax"]);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((row) => row !== null);
}

/** Processes that carry `text` in the environment they were started with. Linux only, elsewhere none; only our own user's. */
export function processesWithEnvironment(text: string): number[] {
  if (!linux) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => readOrNull(`/proc/${name}/environ`)?.split("\0").includes(text))
    .map(Number);
}

/** proc(5), /proc/PID/stat: the command name stands in brackets and may itself hold brackets and spaces. */
export function parseStat(text: string, memory: () => number): ProcessRow | null {
  const close = text.lastIndexOf(")");
  const fields = text.slice(close + 2).split(" ");
  const [state, , group] = fields;
  if (close === -1 || state === undefined || fields[12] === undefined) return null;
  return {
    pid: Number.parseInt(text, 10),
    group: Number(group),
    state,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    get memoryBytes() {
      return memory();
    },
  };
}

function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readOrNull(`/proc/${pid}/status`) ?? "")?.[1];
  return Number(kibibytes ?? 0) * 1024;
}

function ps(which: readonly string[]): ProcessRow[] {
  const columns = "pid=,pgid=,state=,time=,rss=";
  return run("ps", [...which, "-o", columns])
    .split("\n")
    .map(parsePsLine)
    .filter((row) => row !== null);
}

function parsePsLine(line: string): ProcessRow | null {
  const match = /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s+([\d:.]+)\s+(\d+)\s*$/.exec(line);
  if (match === null) return null;
  const [, pid, group, state, time, kibibytes] = match as unknown as string[];
  const seconds = (time as string).split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return {
    pid: Number(pid),
    group: Number(group),
    state: state as string,
    cpuMs: seconds * 1000,
    memoryBytes: Number(kibibytes) * 1024,
  };
}

function run(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "";
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
