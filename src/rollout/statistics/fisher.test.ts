import { expect, test } from "vitest";
import { fisherMore, type Part } from "./fisher.ts";

const part = (has: number, of: number): Part => ({ has, of });

test.each([
  // The lady tasting tea, and the twins of criminals: R. A. Fisher, 1935; the latter also in R's `?fisher.test`.
  ["all four cups", part(4, 4), part(0, 4), 1 / 70],
  ["three of four cups", part(3, 4), part(1, 4), 17 / 70],
  ["convicted monozygotic twins", part(10, 13), part(2, 17), 0.0004652],
  ["the same, the other way round", part(2, 17), part(10, 13), 0.99998],
])("published: %s", (_, one, other, p) => {
  expect(fisherMore(one, other) / p).toBeCloseTo(1, 4);
});

test("every table of up to nine on each side is what counting all deals says", () => {
  for (const [one, other] of tables(9)) {
    expect(fisherMore(one, other)).toBeCloseTo(counted(one, other), 13);
  }
});

test.each([
  [part(17, 327), part(0, 650)],
  [part(30, 300), part(12, 600)],
  [part(150, 300), part(300, 600)],
  [part(290, 300), part(310, 600)],
  [part(3, 900), part(700, 1000)],
])("%j against %j is exact to 12 digits", (one, other) => {
  expect(fisherMore(one, other) / counted(one, other)).toBeCloseTo(1, 12);
});

test("a million answers a side: as exact as the closed form for all in one", () => {
  const [of, has] = [1_000_000, 40];
  let p = 1;
  for (let i = 0; i < has; i++) p *= (of - i) / (2 * of - i);
  expect(fisherMore(part(has, of), part(0, of)) / p).toBeCloseTo(1, 11);
  expect(fisherMore(part(500_000, of), part(500_000, of))).toBeCloseTo(0.5, 2);
});

test("both sides leave no deal out: at least so many here, or more there", () => {
  const sizes = [7, 300, 4321, 1_000_000];
  for (const [of, others] of sizes.flatMap((a) => sizes.map((b) => [a, b] as const))) {
    for (const [has, had] of [
      [1, 0],
      [3, 4],
      [5, of === 7 ? 1 : 3],
    ] as const) {
      const here = fisherMore(part(has, of), part(had, others));
      const there = fisherMore(part(had + 1, others), part(has - 1, of));
      expect(here + there).toBeCloseTo(1, 10);
    }
  }
});

test("more on the one side is never likelier, more on the other never less", () => {
  for (const others of [20, 650]) {
    for (let has = 1; has <= 60; has++) {
      const p = fisherMore(part(has, 60), part(5, others));
      expect(p).toBeLessThanOrEqual(fisherMore(part(has - 1, 60), part(5, others)));
      expect(p).toBeLessThanOrEqual(fisherMore(part(has, 60), part(6, others)));
    }
  }
});

test("where nobody has it, or everybody, or one side is empty, chance explains it all", () => {
  expect(fisherMore(part(0, 300), part(0, 600))).toBe(1);
  expect(fisherMore(part(300, 300), part(600, 600))).toBe(1);
  expect(fisherMore(part(0, 0), part(5, 600))).toBe(1);
  expect(fisherMore(part(5, 300), part(0, 0))).toBe(1);
  expect(fisherMore(part(0, 0), part(0, 0))).toBe(1);
});

/** All pairs of parts with 0 to `most` of each kind. */
function* tables(most: number): Generator<readonly [Part, Part]> {
  for (let of = 0; of <= most; of++) {
    for (let others = 0; others <= most; others++) {
      for (let has = 0; has <= of; has++) {
        for (let had = 0; had <= others; had++) yield [part(has, of), part(had, others)];
      }
    }
  }
}

/** By whole numbers of any size. */
function counted(one: Part, other: Part): number {
  const marked = one.has + other.has;
  let tail = 0n;
  for (let has = one.has; has <= Math.min(one.of, marked); has++) {
    tail += choose(one.of, has) * choose(other.of, marked - has);
  }
  return divided(tail, choose(one.of + other.of, marked));
}

/** A quotient of whole numbers that a double could not hold, down to 1e-280. */
function divided(above: bigint, below: bigint): number {
  return Number((above * 10n ** 300n) / below) / 1e300;
}

const chosen = new Map<string, bigint>();
function choose(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n;
  const key = `${n} ${k}`;
  let ways = chosen.get(key);
  if (ways === undefined) {
    ways = 1n;
    for (let i = 1; i <= k; i++) ways = (ways * BigInt(n - k + i)) / BigInt(i);
    chosen.set(key, ways);
  }
  return ways;
}
