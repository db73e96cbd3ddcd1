import { identityToKeep, type ProcessIdentity } from "../../kit/process-identity.ts";
import { writeJson } from "../json-file.ts";
import { bestEffort } from "./best-effort.ts";
import type { GroupRegister } from "./life.ts";
import type { Watchdog } from "./watchdog.ts";

/** Tells the watchdog of every process group, and writes them down for a later command should even the watchdog be killed. */
export function createGroupRecord(path: string, watchdog: Watchdog): GroupRegister {
  const groups = new Map<number, ProcessIdentity>();
  const write = (): void => bestEffort(() => writeJson(path, [...groups.values()]));
  return {
    add: (pid) => {
      watchdog.add(pid);
      groups.set(pid, identityToKeep(pid));
      write();
    },
    drop: (pid) => {
      watchdog.drop(pid);
      groups.delete(pid);
      write();
    },
  };
}
