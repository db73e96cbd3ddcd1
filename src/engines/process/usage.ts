import type { Replica } from "../../model/replica.ts";
import type { Usage } from "../engine.ts";
import { readProcesses } from "./proc-table.ts";
import type { UsageSample } from "./protocol.ts";

/** Reads what each running replica has used, its whole process group summed up. */
export function sampleUsage(replicas: readonly Replica[], at: number): UsageSample[] {
  const rows = readProcesses();
  return replicas.flatMap(({ name, instance }) => {
    if (instance === null) return [];
    const group = rows.filter((row) => String(row.group) === instance);
    return [
      {
        replica: name,
        instance,
        at,
        cpuMs: group.reduce((sum, row) => sum + row.cpuMs, 0),
        memoryBytes: group.reduce((sum, row) => sum + row.memoryBytes, 0),
      },
    ];
  });
}

/** The share of one core between two readings; null for a life that the former one did not see. */
export function usageBetween(
  before: readonly UsageSample[],
  after: readonly UsageSample[],
): Usage[] {
  return after.map(({ replica, instance, at, cpuMs, memoryBytes }) => {
    const former = before.find((one) => one.instance === instance);
    const elapsedMs = former === undefined ? 0 : (at - former.at) / 1000;
    const used = Math.max(0, cpuMs - (former?.cpuMs ?? 0));
    return { replica, cpu: elapsedMs > 0 ? used / elapsedMs : null, memoryBytes };
  });
}
