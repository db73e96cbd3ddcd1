import { interruptedExit } from "../runner/exit.ts";
import type { Host } from "./host.ts";

/** Aborts when an endless command is to end: by a signal, or because nobody reads its output any more. */
export function endSignal(host: Host): AbortSignal {
  const end = new AbortController();
  const signals: AbortSignal = host.takeSignals(() => interruptedExit(signals));
  signals.addEventListener("abort", () => end.abort(signals.reason), { once: true });
  host.stdout.closed.addEventListener("abort", () => end.abort("the end of its reader"), {
    once: true,
  });
  return end.signal;
}
