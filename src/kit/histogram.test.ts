import { expect, test } from "vitest";
import { bucketOf, bucketValue, Histogram } from "./histogram.ts";

test("every value is known within 0.4 %", () => {
  for (let value = 1; value < 4e9; value = Math.ceil(value * 1.07)) {
    expect(Math.abs(bucketValue(bucketOf(value)) - value) / value).toBeLessThanOrEqual(0.004);
  }
});

test("buckets ascend with their values", () => {
  const buckets = Array.from({ length: 150_000 }, (_, step) => bucketOf(step * 7));
  expect(buckets.findIndex((bucket, at) => bucket < (buckets[at - 1] ?? 0))).toBe(-1);
});

test("the merge of two parts has the quantiles of the whole", () => {
  const [whole, left, right, merged] = [
    new Histogram(),
    new Histogram(),
    new Histogram(),
    new Histogram(),
  ];
  for (let i = 1; i <= 10_000; i++) {
    whole.record(i * i);
    (i % 3 === 0 ? left : right).record(i * i);
  }
  merged.merge(left.toSparse());
  merged.merge(right.toSparse());
  for (const q of [0.01, 0.5, 0.9, 0.99, 0.999]) {
    expect(Math.abs(merged.quantile(q) / whole.quantile(q) - 1)).toBeLessThan(0.004);
  }
  expect(merged.total).toBe(10_000);
});

test("the exact maximum bounds the top quantile, and nothing recorded is NaN", () => {
  const histogram = new Histogram();
  expect(histogram.quantile(0.99)).toBeNaN();
  histogram.record(1001);
  expect(histogram.quantile(1)).toBeLessThanOrEqual(1001);
});
