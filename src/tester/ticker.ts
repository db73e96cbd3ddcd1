import { parentPort, workerData } from "node:worker_threads";
import { nowUs } from "./clock.ts";

/** What a ticker thread is started with. */
export interface TickerInput {
  readonly schedules: readonly { readonly start: number; readonly interval: number }[];
  /** [a wake-up is under way, stop]. */
  readonly flags: Int32Array;
}

/** Waking more often costs more CPU than the lateness it saves: 5,000/s are still sent one at a time. */
const LEAST_PERIOD_US = 190;

/**
 * The entry of a thread that does nothing but sleep until the next arrival is due and wake the sender: a thread may
 * block in Atomics.wait, which is some ten times more punctual than a timer of the event loop.
 */
function run({ schedules, flags }: TickerInput): void {
  let wakeAt = nowUs();
  while (Atomics.load(flags, 1) === 0) {
    const now = nowUs();
    if (now < wakeAt) {
      Atomics.wait(flags, 1, 0, (wakeAt - now) / 1000);
      continue;
    }
    // A sender that has not taken the last wake-up needs no second one.
    if (Atomics.compareExchange(flags, 0, 0, 1) === 0) parentPort?.postMessage(null);
    wakeAt = Math.max(now + LEAST_PERIOD_US, nextDueAfter(now, schedules));
  }
}

function nextDueAfter(now: number, schedules: TickerInput["schedules"]): number {
  const dues = schedules.map(
    ({ start, interval }) =>
      start + Math.max(0, Math.floor((now - start) / interval) + 1) * interval,
  );
  return Math.min(...dues);
}

run(workerData as TickerInput);
