import { constants } from "node:os";
import type { StopOutcome } from "../model/powers.ts";

/** A shell, and Docker, tell of a death by a signal as an exit code above this. */
const BY_SIGNAL = 128;

/**
 * How a replica left that was asked to by `stopSignal`. To die of that very signal, or to answer it with the exit code that
 * stands for such a death, as Java and shells do, is to obey. Any other exit code says that leaving went wrong.
 */
export function stopOutcome(
  { code, signal }: { readonly code: number | null; readonly signal: string | null },
  stopSignal: string,
): StopOutcome["outcome"] {
  if (signal === "SIGKILL") return "killed";
  const asked = numberOf(stopSignal);
  if (signal !== null) return numberOf(signal) === asked ? "drained" : "failed";
  return code === 0 || code === null || code === BY_SIGNAL + asked ? "drained" : "failed";
}

/** Of `SIGTERM`, `TERM` and `15`. */
function numberOf(signal: string): number {
  const name = signal.toUpperCase().replace(/^(?:SIG)?/, "SIG") as NodeJS.Signals;
  return constants.signals[name] ?? Number(signal);
}
