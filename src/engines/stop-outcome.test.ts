import { expect, test } from "vitest";
import { stopOutcome } from "./stop-outcome.ts";

const exited = (code: number) => ({ code, signal: null });
const died = (signal: string) => ({ code: null, signal });

test.each([
  ["drained", exited(0), "SIGTERM"],
  ["drained", died("SIGTERM"), "SIGTERM"],
  ["drained", exited(143), "SIGTERM"],
  ["drained", exited(130), "INT"],
  ["drained", died("SIGQUIT"), "3"],
  ["failed", exited(1), "SIGTERM"],
  ["failed", exited(143), "SIGINT"],
  ["failed", died("SIGSEGV"), "SIGTERM"],
  ["killed", died("SIGKILL"), "SIGTERM"],
])("%s is what became of %j after %s", (outcome, exit, stopSignal) => {
  expect(stopOutcome(exit, stopSignal)).toBe(outcome);
});
