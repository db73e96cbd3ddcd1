import { bestEffort } from "./best-effort.ts";
import type { GroupRegister } from "./life.ts";
import { bootId, type ProcessIdentity, readProcess } from "./proc-table.ts";
import { writeJson } from "./state-files.ts";
import type { Watchdog } from "./watchdog.ts";

/** Tells the watchdog of every process group, and writes them down for a later command should even the watchdog be killed. */
export function createGroupRecord(path: string, watchdog: Watchdog): GroupRegister {
  const groups = new Map<number, ProcessIdentity>();
  const boot = bootId();
  const write = (): void => bestEffort(() => writeJson(path, [...groups.values()]));
  return {
    add: (pid) => {
      watchdog.add(pid);
      groups.set(pid, { pid, startTime: readProcess(pid)?.startTime ?? "", bootId: boot });
      write();
    },
    drop: (pid) => {
      watchdog.drop(pid);
      groups.delete(pid);
      write();
    },
  };
}
