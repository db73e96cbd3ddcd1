import { hrtime } from "node:process";

/** Microseconds on CLOCK_MONOTONIC: the same clock as `World.clock.now()`, in every thread and process of the machine. */
export function nowUs(): number {
  return Number(hrtime.bigint()) / 1000;
}
