import { expect, test } from "vitest";
import { mannKendallRising, senSlope } from "./mann-kendall.ts";

/** Table A18 of R. O. Gilbert, "Statistical Methods for Environmental Pollution Monitoring", 1987: n, S, P(at least S). */
const PUBLISHED = [
  [4, 4, 0.167],
  [4, 6, 0.042],
  [5, 6, 0.117],
  [5, 8, 0.042],
  [5, 10, 0.0083],
  [6, 11, 0.028],
  [6, 15, 0.0014],
  [8, 16, 0.031],
  [10, 21, 0.036],
  [10, 25, 0.014],
  [10, 33, 0.0011],
] as const;

test.each(PUBLISHED)("published: n = %i, S = %i", (n, score, p) => {
  expect(Math.abs(mannKendallRising(orderWithScore(n, score)) / p - 1)).toBeLessThan(0.07);
});

test.each([[[1, 2, 3, 4, 5, 6]], [[1, 1, 2, 2, 3, 4, 4]], [[5, 5, 5, 5, 9]], [[2, 2, 2, 2, 2, 2]]])(
  "ties are counted, not guessed: every order of %j",
  (values) => {
    const orders = permutations(values);
    const scores = orders.map(score);
    for (const order of orders.filter((_, index) => index % 17 === 0)) {
      const atLeast = scores.filter((other) => other >= score(order)).length / orders.length;
      expect(mannKendallRising(order)).toBeCloseTo(atLeast, 12);
    }
  },
);

test.each([19, 40])(
  "the approximation is near the truth where it decides, and hardly surer anywhere: %i values",
  (count) => {
    const pairs = (count * (count - 1)) / 2;
    const cumulated = inversionsOf(count);
    for (let swaps = 0; swaps < pairs / 2; swaps++) {
      const truth = cumulated[swaps] as number;
      const near = mannKendallRising(disordered(count, swaps));
      if (truth < 0.001) expect(near).toBeLessThan(0.002);
      else expect(near / truth).toBeLessThan(1.4);
      expect(near / truth).toBeGreaterThan(0.98);
    }
  },
);

test("a rise of a minute is sure, a fall and a flat line are none", () => {
  expect(mannKendallRising(ramp(60))).toBeLessThan(1e-20);
  expect(mannKendallRising(ramp(60).reverse())).toBeCloseTo(1, 9);
  expect(mannKendallRising(Array(60).fill(7))).toBe(1);
});

test("a few values can never be sure", () => {
  expect(mannKendallRising([])).toBe(1);
  expect(mannKendallRising([1])).toBe(1);
  expect(mannKendallRising([1, 2])).toBe(0.5);
  expect(mannKendallRising(ramp(5))).toBeCloseTo(1 / 120, 12);
  expect(mannKendallRising(ramp(6))).toBeCloseTo(1 / 720, 12);
});

test("the slope is that of most pairs: one jump does not make a rise", () => {
  const points = (values: readonly number[]) => values.map((value, i) => ({ t: i * 10, value }));
  expect(senSlope(points(ramp(9).map((n) => n * 5)))).toBe(0.5);
  expect(senSlope(points([0, 1, 900, 3, 4, 5]))).toBeCloseTo(0.1, 12);
  expect(senSlope(points([0, 64, 64, 64, 64, 64, 64]))).toBe(0);
  expect(senSlope(points([5, 4]))).toBe(-0.1);
  expect(senSlope(points([5]))).toBe(0);
  expect(
    senSlope([
      { t: 1, value: 3 },
      { t: 1, value: 9 },
    ]),
  ).toBe(0);
});

function ramp(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Rising, but for so many neighbours out of order: each swap costs 2 of the score. */
function disordered(count: number, swaps: number): number[] {
  const values = ramp(count);
  for (let left = swaps; left > 0; ) {
    for (let i = 0; i + 1 < count && left > 0; i++) {
      const [a, b] = [values[i] as number, values[i + 1] as number];
      if (a > b) continue;
      [values[i], values[i + 1]] = [b, a];
      left -= 1;
    }
  }
  return values;
}

function orderWithScore(count: number, wanted: number): number[] {
  return disordered(count, ((count * (count - 1)) / 2 - wanted) / 2);
}

/** At [k]: the probability of at most k pairs out of order, without ties: each value is out of order with 0 to i before it. */
function inversionsOf(count: number): number[] {
  let chances = [1];
  for (let i = 2; i <= count; i++) {
    const next = Array<number>(chances.length + i - 1).fill(0);
    for (const [k, chance] of chances.entries()) {
      for (let more = 0; more < i; more++) next[k + more] = (next[k + more] ?? 0) + chance / i;
    }
    chances = next;
  }
  let sum = 0;
  return chances.map((chance) => {
    sum += chance;
    return sum;
  });
}

function score(values: readonly number[]): number {
  return values.reduce(
    (sum, early, i) =>
      sum + values.slice(i + 1).reduce((part, late) => part + Math.sign(late - early), 0),
    0,
  );
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}
