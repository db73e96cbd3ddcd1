import { readFileSync } from "node:fs";
import { Refusal } from "./wire.ts";

/** What `process.kill` does. */
type Kill = (pid: number, signal: "SIGKILL") => unknown;

/**
 * Kills a process of the host if it is one of that container: pids are reused. Throws a Refusal when it is not, or may not be
 * killed. `proc` is the proc file system of the host's pid namespace.
 */
export function crashProcess(container: string, pid: number, kill: Kill, proc = "/proc"): void {
  if (!isOfContainer(container, pid, proc)) {
    throw new Refusal("not-running", `process ${pid} is none of container ${container}`);
  }
  try {
    kill(pid, "SIGKILL");
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    throw new Refusal(code === "ESRCH" ? "not-running" : "failed", message);
  }
}

/** By its control groups, whose path holds the container's id: `/docker/ID`, `/system.slice/docker-ID.scope`, `/../ID`. */
function isOfContainer(container: string, pid: number, proc: string): boolean {
  try {
    return readFileSync(`${proc}/${pid}/cgroup`, "utf8")
      .split(/[^0-9a-f]/)
      .includes(container);
  } catch {
    return false;
  }
}
