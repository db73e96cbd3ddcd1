import { expect, test } from "vitest";
import { DuplicateCounter } from "./duplicates.ts";

test("an order carried out twice is one duplicate, three times two", () => {
  const counter = new DuplicateCounter("r1-orders-");
  for (const n of [1, 2, 2, 70_000, 3, 3, 3]) counter.see(`order r1-orders-${n}`);
  expect([counter.orders, counter.duplicates]).toEqual([7, 3]);
});

test("other runs, other traffics and other lines do not count", () => {
  const counter = new DuplicateCounter("r1-orders-");
  for (const line of [
    "order r2-orders-1",
    "order r1-main-1",
    "request r1-orders-1 POST /orders 201",
    "order r1-orders-x",
  ]) {
    counter.see(line);
    counter.see(line);
  }
  expect([counter.orders, counter.duplicates]).toEqual([0, 0]);
});
