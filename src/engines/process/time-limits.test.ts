import { expect, test } from "vitest";
import { timeLimits } from "./time-limits.ts";

test("stubborn replicas may take their grace: all of them to go down, one of them to be moved", () => {
  const limits = timeLimits([{ stopGraceMs: 5_000 }, { stopGraceMs: 30_000 }]);
  expect(limits.down).toBe(45_000);
  expect(limits.move).toBe(40_000);
  expect(limits.up(60_000)).toBe(105_000);
});

test("a stack without replicas has limits, too", () => {
  const limits = timeLimits([]);
  expect([limits.down, limits.move, limits.up(1_000)]).toEqual([10_000, 10_000, 11_000]);
});
