import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a container has used so far. */
export interface CgroupUsage {
  readonly cpuMs: number;
  /** Without what the kernel could drop at once. */
  readonly memoryBytes: number;
}

const MOUNT = "/sys/fs/cgroup";

/**
 * Read off the control group of a container of this machine: the API would take a second. null when it cannot be had: the
 * process is not the container's here (another machine, another pid namespace), or the files are elsewhere.
 */
export function cgroupUsage(id: string, pid: number): CgroupUsage | null {
  try {
    const groups = groupsOf(readFileSync(`/proc/${pid}/cgroup`, "utf8"));
    const own = (name: string): string | null => {
      const path = groups.get(name);
      return path?.includes(id) ? path : null;
    };
    const [memory, cpu, unified] = [own("memory"), own("cpuacct"), own("")];
    if (memory !== null && cpu !== null) {
      return readSplit(join(MOUNT, "memory", memory), join(MOUNT, "cpuacct", cpu));
    }
    return unified === null ? null : readUnified(join(MOUNT, unified));
  } catch {
    return null;
  }
}

/** cgroups(7), /proc/PID/cgroup: `4:cpu,cpuacct:/docker/ID`, and of version 2 `0::/system.slice/docker-ID.scope`. */
export function groupsOf(text: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const line of text.trim().split("\n")) {
    const [, controllers = "", ...path] = line.split(":");
    for (const name of controllers.split(",")) groups.set(name, path.join(":"));
  }
  return groups;
}

function readUnified(directory: string): CgroupUsage {
  const cached = valueIn(join(directory, "memory.stat"), "inactive_file");
  return {
    cpuMs: valueIn(join(directory, "cpu.stat"), "usage_usec") / 1000,
    memoryBytes: Math.max(0, numberIn(join(directory, "memory.current")) - cached),
  };
}

function readSplit(memory: string, cpu: string): CgroupUsage {
  const cached = valueIn(join(memory, "memory.stat"), "total_inactive_file");
  return {
    cpuMs: numberIn(join(cpu, "cpuacct.usage")) / 1_000_000,
    memoryBytes: Math.max(0, numberIn(join(memory, "memory.usage_in_bytes")) - cached),
  };
}

function numberIn(path: string): number {
  return known(Number(readFileSync(path, "utf8")), path);
}

function valueIn(path: string, key: string): number {
  const line = new RegExp(`^${key} (\\d+)$`, "m").exec(readFileSync(path, "utf8"));
  return known(Number(line?.[1]), path);
}

function known(value: number, path: string): number {
  if (Number.isFinite(value)) return value;
  throw new Error(`${path} tells no such number`);
}
