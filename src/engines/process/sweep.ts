import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, type ProcessIdentity } from "../../kit/process-identity.ts";
import { readJson } from "../json-file.ts";
import { processesWithEnvironment } from "./proc-table.ts";
import { signalGroup, signalProcess } from "./signals.ts";
import { removeStateFiles, type StateFiles, type SupervisorRecord } from "./state-files.ts";

/** How everything that a supervisor started is marked. */
export const TOKEN_VARIABLE = "AEGIS_SUPERVISOR";

const PATIENCE_MS = 5_000;

/** The supervisor of a project when it lives; null when there is none or it is dead. */
export function livingSupervisor(files: StateFiles): SupervisorRecord | null {
  const record = readJson<SupervisorRecord>(files.record);
  return record !== null && isAlive(record) ? record : null;
}

/**
 * Ends whatever a dead supervisor left running and removes its files; does nothing while one lives. Its watchdog should
 * have done so already: this is for the day on which that was killed, too. A pid that was reused is not touched.
 */
export async function sweep(files: StateFiles, self: number): Promise<void> {
  const record = readJson<SupervisorRecord>(files.record);
  if (record === null || isAlive(record)) return;
  const groups = readJson<ProcessIdentity[]>(files.groups) ?? [];
  for (let waited = 0; waited < PATIENCE_MS; waited += 20) {
    if (killLeftovers(record, groups, self) === 0) break;
    await sleep(20);
  }
  if (livingSupervisor(files) === null) removeStateFiles(files, true);
}

/** Kills what is recognised for certain; says how much there was. */
function killLeftovers(
  record: SupervisorRecord,
  groups: readonly ProcessIdentity[],
  self: number,
): number {
  const leaders = groups.filter(isAlive);
  for (const { pid } of leaders) signalGroup(pid, "SIGKILL");
  return leaders.length + killMarked(record.token, self);
}

/** Kills every process that carries a supervisor's token (Linux only), wherever its group is; says how many there were. */
export function killMarked(token: string, self: number): number {
  const marked = processesWithEnvironment(`${TOKEN_VARIABLE}=${token}`).filter(
    (pid) => pid !== self,
  );
  for (const pid of marked) signalProcess(pid, "SIGKILL");
  return marked.length;
}
