import type { Replica } from "../../model/replica.ts";
import type { UsageSample } from "../usage.ts";
import { readProcesses } from "./proc-table.ts";

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
