import { expect, test } from "vitest";
import type { Assertion, MeasureTest } from "../model/assertion.ts";
import { asksForNoFailure } from "./steady.ts";

function check(change: Partial<MeasureTest>): Assertion {
  const test: MeasureTest = {
    about: "measure",
    traffic: null,
    measure: { name: "failed" },
    window: { kind: "run" },
    comparison: "==",
    limits: [{ kind: "number", value: 0 }],
    ...change,
  };
  return { text: "", why: null, line: null, test };
}

test.each([
  { what: "failed == 0", checks: [check({})], quiet: true },
  { what: "main.failed == 0", checks: [check({ traffic: "main" })], quiet: true },
  { what: "orders.failed == 0", checks: [check({ traffic: "orders" })], quiet: false },
  {
    what: "failed <= 3",
    checks: [check({ comparison: "<=", limits: [{ kind: "number", value: 3 }] })],
    quiet: false,
  },
  {
    what: "success >= 99%",
    checks: [
      check({
        measure: { name: "success" },
        comparison: ">=",
        limits: [{ kind: "percent", fraction: 0.99 }],
      }),
    ],
    quiet: false,
  },
  { what: "nothing", checks: [], quiet: false },
])(
  "where steady means $what, the warm-up waits until main fails no more: $quiet",
  ({ checks, quiet }) => {
    expect(asksForNoFailure(checks, "main")).toBe(quiet);
  },
);
