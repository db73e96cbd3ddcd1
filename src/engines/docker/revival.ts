import { constants } from "node:os";
import type { Inspected } from "./inspected.ts";

/**
 * Whether its restart policy brings back a container that has just exited with that code; null: only Docker knows.
 * `signalled`: the last signal that was sent to it through the API, which disarms the policy; but some versions of Docker
 * let those pass that are not its stop signal.
 */
export function willRevive(
  { restart, stopSignal }: Pick<Inspected, "restart" | "stopSignal">,
  restarts: number,
  exitCode: number,
  signalled: number | null,
): boolean | null {
  if (restart.mode === "no") return false;
  if (signalled !== null) return isEnding(signalled, stopSignal) ? false : null;
  if (restart.mode !== "on-failure") return true;
  return exitCode !== 0 && (restart.maxRetries === null || restarts < restart.maxRetries);
}

function isEnding(signal: number, stopSignal: string): boolean {
  const { SIGKILL, SIGTERM } = constants.signals;
  const named = constants.signals[stopSignal as NodeJS.Signals] ?? Number(stopSignal);
  return signal === SIGKILL || signal === SIGTERM || signal === named;
}
