import { describe, expect, test } from "vitest";
import type { AbortRule } from "../model/plan.ts";
import { abortMet } from "./abort.ts";
import { S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";

const RULE: AbortRule = {
  traffic: "main",
  measure: "success",
  overMs: 5000,
  comparison: "<",
  limit: 0.5,
  text: "main.success over 5s < 50%",
};

/** All requests fail from 10 s on. */
const buckets = new RunBuilder()
  .traffic(0, 20 * S, (due) => (due >= 10 * S ? { error: "refused" } : {}))
  .timeline().traffic[0]?.buckets;

/** With what is known of the requests due before `now` s; chaos began at `chaos` s. */
const met = (rule: Partial<AbortRule>, now: number, chaos = 0) =>
  abortMet(
    { ...RULE, ...rule },
    (buckets ?? []).filter(({ t }) => t < now * S),
    chaos * S,
  );

test("a rule is met once the newest requests break it, and says how", () => {
  expect(met({}, 12)).toBeNull();
  expect(met({}, 12.5)).toBeNull();
  expect(met({}, 13)).toBe(
    "abort-when main.success over 5s < 50%: of the last 500 requests of main, 40% succeeded",
  );
});

test("looks back from the newest requests that are known, however long ago they were due", () => {
  expect(met({ overMs: 500 }, 10.2)).toBeNull();
  expect(met({ overMs: 500 }, 10.3)).toContain("of the last 50 requests of main, 40% succeeded");
});

describe("just after the start of the chaos phase", () => {
  test("the first requests do not decide alone", () => {
    expect(met({}, 10.1, 10)).toBeNull();
    expect(met({}, 12.5, 10)).toBeNull();
  });

  test("a stack that is dead from there on is noticed when the rest of the stretch could not mend it", () => {
    expect(met({}, 12.6, 10)).toBe(
      "abort-when main.success over 5s < 50%: of the last 260 requests of main, 0% succeeded",
    );
  });

  test("what failed before is not counted", () => {
    expect(met({}, 13, 13)).toBeNull();
    expect(met({}, 13.3, 13)).toBeNull();
    expect(met({ measure: "failed", comparison: ">", limit: 30 }, 13.3, 13)).toBeNull();
    expect(met({ measure: "failed", comparison: ">", limit: 30 }, 13.4, 13)).not.toBeNull();
  });
});

test("a longer stretch is met later", () => {
  expect(met({ overMs: 10_000 }, 13)).toBeNull();
  expect(met({ overMs: 10_000 }, 16)).not.toBeNull();
});

test("failures can be counted", () => {
  const failed = { measure: "failed", comparison: ">", limit: 100 } as const;
  expect(met(failed, 10.5)).toBeNull();
  expect(met(failed, 11.5)).not.toBeNull();
});

test("a rule without a traffic is met by any, one for another by none of these", () => {
  expect(met({ traffic: null }, 13)).toContain("of main");
  expect(met({ traffic: "orders" }, 13)).toBeNull();
});

test("without a request nothing is met", () => {
  expect(abortMet(RULE, [], 0)).toBeNull();
  expect(met({}, 0)).toBeNull();
});
