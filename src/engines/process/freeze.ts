import { setTimeout as sleep } from "node:timers/promises";
import { readProcess, readProcesses } from "./proc-table.ts";
import { signalGroup } from "./signals.ts";

const PATIENCE_MS = 2_000;
const WATCH_MS = 50;

/** Stops every process of the group and sees that they have stopped. False (and all continued) when they do not. */
export async function freezeGroup(group: number): Promise<boolean> {
  signalGroup(group, "SIGSTOP");
  for (let waited = 0; waited < PATIENCE_MS; waited += 2) {
    if (isGroupStopped(group)) return true;
    await sleep(2);
  }
  thawGroup(group);
  return false;
}

/** Continues every process of the group. */
export function thawGroup(group: number): void {
  signalGroup(group, "SIGCONT");
}

/** Calls back, once, when somebody else has continued a frozen process. Returns the way to stop watching. */
export function watchFrozen(pid: number, onThawed: () => void): () => void {
  const timer = setInterval(() => {
    const state = readProcess(pid)?.state;
    if (state === undefined || "TtZX".includes(state)) return;
    clearInterval(timer);
    onThawed();
  }, WATCH_MS);
  return () => clearInterval(timer);
}

function isGroupStopped(group: number): boolean {
  return readProcesses().every((row) => row.group !== group || "TtZX".includes(row.state));
}
