import { expect, test } from "vitest";
import { quantileTest } from "./quantile-test.ts";
import { exactly, times } from "./testing/made-samples.ts";

const ms = (count: number, value: number): number[] => times(count, value * 1000);
const compared = (newcomer: readonly number[], others: readonly number[], quantile: number) =>
  quantileTest(exactly(newcomer, 0).latency, exactly(others, 0).latency, quantile);
const ramp = (count: number, step: number): number[] =>
  Array.from({ length: count }, (_, i) => (i + 1) * step);

test("both are parted at the quantile of all together", () => {
  const { newcomer, others, threshold, above } = compared(ramp(100, 1), ramp(100, 1), 0.5);
  expect([newcomer, others, threshold]).toEqual([50, 50, 50]);
  expect(above).toEqual({ newcomer: { has: 50, of: 100 }, others: { has: 50, of: 100 } });
});

test("a newcomer all of whose answers are later has the p of one deal among all", () => {
  const { p, above } = compared(ramp(4, 100), ramp(4, 1), 0.5);
  expect(above.newcomer).toEqual({ has: 4, of: 4 });
  expect(p).toBeCloseTo(1 / 70, 12);
});

test("a quicker newcomer is not slower", () => {
  expect(compared(ramp(100, 1), ramp(100, 1000), 0.95).p).toBeGreaterThan(0.99);
});

test.each([
  ["a twentieth", 15],
  ["a fifth", 60],
  ["nearly half", 140],
])("%s of its answers take the same long time: the tail shows it", (_, count) => {
  const { p, above } = compared([...ms(300 - count, 10), ...ms(count, 200)], ms(600, 10), 0.95);
  expect(above.newcomer.has).toBe(count);
  expect(p).toBeLessThan(1e-7);
});

test("where all take the same time nothing is above", () => {
  const { p, above } = compared(ms(300, 10), ms(600, 10), 0.5);
  expect(above).toEqual({ newcomer: { has: 0, of: 300 }, others: { has: 0, of: 600 } });
  expect(p).toBe(1);
});

test("nothing to compare with is no difference", () => {
  expect(compared(ramp(100, 1), [], 0.5)).toMatchObject({ others: Number.NaN, p: 1 });
  expect(compared([], [], 0.5)).toMatchObject({ threshold: Number.NaN, p: 1 });
});
