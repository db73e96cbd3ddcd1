import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { delimiter, join } from "node:path";

/** Ticks per second in /proc: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS = 100;
const PAGE_BYTES = 4096;

/** CPU time and memory of a process now; null when it is gone, or there is no /proc. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

export function usageOf(pid: number): Usage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
      residentBytes: Number(fields[21]) * PAGE_BYTES,
    };
  } catch {
    return null;
  }
}

/** Cores that were busy, by anybody, since an earlier call's `at`; what else goes on makes every figure worse. */
export function busySince(before: BusyMark): number {
  const now = busyMark();
  return (now.busySeconds - before.busySeconds) / ((now.at - before.at) / 1000);
}

/** The share of this machine's cores that its host gave to others since an earlier mark, from 0 to 1; NaN where that cannot be told. */
export function stolenSince(before: BusyMark): number {
  const now = busyMark();
  const cores = cpus().length * ((now.at - before.at) / 1000);
  return (now.stolenSeconds - before.stolenSeconds) / cores;
}

export interface BusyMark {
  /** ms. */
  readonly at: number;
  readonly busySeconds: number;
  /** Of these, what the host gave to other machines while ours wanted to run. */
  readonly stolenSeconds: number;
}

export function busyMark(): BusyMark {
  const at = performance.now();
  try {
    const [, user, nice, system, , , irq, softirq, steal] = readFileSync("/proc/stat", "latin1")
      .slice(0, 200)
      .split(/\s+/)
      .map(Number);
    const parts = [user, nice, system, irq, softirq, steal];
    const busySeconds = parts.reduce<number>((sum, part) => sum + (part ?? 0), 0) / TICKS;
    return { at, busySeconds, stolenSeconds: (steal ?? 0) / TICKS };
  } catch {
    return { at, busySeconds: Number.NaN, stolenSeconds: Number.NaN };
  }
}

/** The directory of PATH that has this program, with its name; null when none has. */
export function findProgram(name: string): string | null {
  const places = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  for (const place of places) {
    const path = join(place, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not there: the next place.
    }
  }
  return null;
}

/** A command that runs on this core only, where that can be had. */
export function pinned(core: number, command: readonly string[]): readonly string[] {
  const taskset = findProgram("taskset");
  if (taskset === null || cpus().length <= core) return command;
  return [taskset, "-c", String(core), ...command];
}

export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly pinned: boolean;
  /** 1, 5 and 15 minutes. */
  readonly load: readonly number[];
  /** null outside a checkout. */
  readonly commit: string | null;
  /** The working tree differs from the commit. */
  readonly changed: boolean;
}

export function machine(packageRoot: string): Machine {
  const git = (...args: string[]): string | null => {
    try {
      const options = { cwd: packageRoot, encoding: "utf8" } as const;
      return execFileSync("git", args, { ...options, stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      return null;
    }
  };
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    pinned: pinned(1, []).length > 0,
    load: loadavg(),
    commit: git("rev-parse", "--short", "HEAD"),
    changed: (git("status", "--porcelain", "--untracked-files=no") ?? "") !== "",
  };
}
