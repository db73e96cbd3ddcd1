import { expect, test } from "vitest";
import { Pacer } from "./pacer.ts";

test("arrivals are handed out when due and not a microsecond before", () => {
  const pacer = new Pacer(1000, 5_000_000);
  expect(pacer.take(4_999_999)).toEqual({ first: 0, count: 0 });
  expect(pacer.take(5_000_000)).toEqual({ first: 0, count: 1 });
  expect(pacer.take(5_000_999)).toEqual({ first: 1, count: 0 });
  expect(pacer.take(5_001_000)).toEqual({ first: 1, count: 1 });
  expect(pacer.nextDue).toBe(5_002_000);
});

test("whoever asks late gets everything that came due meanwhile", () => {
  const pacer = new Pacer(1000, 0);
  pacer.take(0);
  expect(pacer.take(1_000_000)).toEqual({ first: 1, count: 1000 });
});

test("a limit leaves the rest due", () => {
  const pacer = new Pacer(1000, 0);
  expect(pacer.take(9_000, 4)).toEqual({ first: 0, count: 4 });
  expect(pacer.take(9_000, 100)).toEqual({ first: 4, count: 6 });
});

test.each([1, 3, 7, 333, 1000 / 3, 9973, 20_000, 0.3])(
  "at %d/s nothing is skipped, doubled or early, however irregularly it is asked",
  (rate) => {
    const pacer = new Pacer(rate, 123_456.7);
    let now = 123_456.7;
    let taken = 0;
    for (let step = 0; step < 5000; step++) {
      const { first, count } = pacer.take(now);
      expect(first).toBe(taken);
      taken += count;
      if (taken > 0) expect(pacer.dueOf(taken - 1)).toBeLessThanOrEqual(now);
      expect(pacer.nextDue).toBeGreaterThan(now);
      now += ((step * 7919) % 5000) + 0.25;
    }
  },
);

test("the rate does not drift: after an hour the schedule is where arithmetic says", () => {
  const pacer = new Pacer(9973, 1e9);
  expect(pacer.dueBy(1e9 + 3600e6)).toBe(9973 * 3600 + 1);
});

test("every due time is counted as due at that very time, whatever the division rounds to", () => {
  for (const rate of [3, 7, 333, 9973, 60_000]) {
    const pacer = new Pacer(rate, 987_654_321.123);
    for (let n = 0; n < 20_000; n += 37) expect(pacer.dueBy(pacer.dueOf(n))).toBe(n + 1);
  }
});
