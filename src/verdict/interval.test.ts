import { expect, test } from "vitest";
import { wilson } from "./interval.ts";

test.each([
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
  // Nothing failed: how sure 1,000, 10,000 and 60,000 requests make us.
  [1000, 1000, 0.9962, 1],
  [10_000, 10_000, 0.9996, 1],
  [60_000, 60_000, 0.9999, 1],
])("%d of %d lies between %d and %d", (good, all, from, to) => {
  const interval = wilson(good, all);
  expect(interval.from).toBeCloseTo(from, 4);
  expect(interval.to).toBeCloseTo(to, 4);
});

test("all good is certain at the top only, all bad at the bottom only", () => {
  expect(wilson(7, 7).to).toBe(1);
  expect(wilson(7, 7).from).toBeLessThan(1);
  expect(wilson(0, 7).from).toBe(0);
  expect(wilson(0, 7).to).toBeGreaterThan(0);
});

test("nothing measured can be anything", () => {
  expect(wilson(0, 0)).toEqual({ from: 0, to: 1 });
});

test("the interval holds the share and shrinks with more samples", () => {
  for (const all of [10, 100, 1000]) {
    for (let good = 0; good <= all; good += all / 10) {
      const { from, to } = wilson(good, all);
      expect(from).toBeLessThanOrEqual(good / all);
      expect(to).toBeGreaterThanOrEqual(good / all);
      const more = wilson(good * 10, all * 10);
      expect(more.to - more.from).toBeLessThan(to - from);
    }
  }
});
