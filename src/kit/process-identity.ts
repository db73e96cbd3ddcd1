import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { platform } from "node:os";

/** One life of a process. A pid alone is given to somebody else after a while. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Linux: clock ticks since boot (field 22 of /proc/PID/stat); elsewhere the text of `ps -o lstart`. */
  readonly start: string;
  /** Which boot of the machine `start` belongs to. */
  readonly boot: string;
}

/** Who has this pid now; null when nobody has, or only a zombie that waits to be reaped. */
export function identityOf(pid: number): ProcessIdentity | null {
  const start = platform() === "linux" ? startFromProc(pid) : startFromPs(pid);
  return start === null ? null : { pid, start, boot: bootId() };
}

/** To be written down of a process: of one that has ended meanwhile, what names nobody. */
export function identityToKeep(pid: number): ProcessIdentity {
  return identityOf(pid) ?? { pid, start: "", boot: bootId() };
}

/** Does this very process still live? False for another one with the same pid, and after a reboot. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identityOf(identity.pid);
  return now !== null && now.start === identity.start && now.boot === identity.boot;
}

/** The program's name stands in parentheses and may hold anything, parentheses too: fields count from the last one. */
function startFromProc(pid: number): string | null {
  const stat = firstOf(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (stat === null) return null;
  const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? null : (rest[18] ?? null);
}

function startFromPs(pid: number): string | null {
  const line = firstOf(() => output("ps", ["-o", "stat=,lstart=", "-p", String(pid)]));
  const match = /^\s*(\S+)\s+(\S.*)$/.exec(line ?? "");
  return match === null || match[1]?.startsWith("Z") ? null : (match[2]?.trim() ?? null);
}

/** Names this boot of the machine. */
export function bootId(): string {
  const id = firstOf(
    () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"),
    () => output("sysctl", ["-n", "kern.bootsessionuuid"]),
    () => output("sysctl", ["-n", "kern.boottime"]),
  );
  return id?.trim() ?? "";
}

function output(program: string, parameters: readonly string[]): string {
  const env = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" };
  return execFileSync(program, parameters, {
    env,
    encoding: "utf8",
    timeout: 5000,
    stdio: ["ignore", "pipe", "ignore"],
  });
}

function firstOf(...ways: readonly (() => string)[]): string | null {
  for (const way of ways) {
    try {
      return way();
    } catch {
      // No such process, or no such way on this platform.
    }
  }
  return null;
}
