import { expect, test } from "vitest";
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

const met = (rule: Partial<AbortRule>, now: number) =>
  abortMet({ ...RULE, ...rule }, buckets ?? [], now * S);

test("a rule is met once the newest requests break it, and says how", () => {
  expect(met({}, 12)).toBeNull();
  expect(met({}, 13)).toBe(
    "abort-when main.success over 5s < 50%: of the last 510 requests of main, 39.22% succeeded",
  );
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
  expect(abortMet(RULE, [], 5 * S)).toBeNull();
  expect(met({}, 60)).toBeNull();
});
