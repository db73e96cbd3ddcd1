import { describe, expect, test } from "vitest";
import type { Assertion, Limit, MeasureTest, StateTest, Window } from "../model/assertion.ts";
import type { RunRecord } from "../model/journal.ts";
import type { Finding } from "../model/verdict.ts";
import { checkAssertion, judge } from "./judge.ts";
import { claim, madeStep, measureClaim } from "./testing/made-plan.ts";
import { type MadeRequest, S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";

type Reason = RunRecord["reason"] | "cut short";

const number = (value: number): Limit => ({ kind: "number", value });
const words = (...listed: string[]): Limit => ({ kind: "words", words: listed });

/** Two seconds of baseline and three of chaos, in which app2 is down until aegis brings it back after the end. */
function stopped(assertion: Assertion, change: (due: number) => Partial<MadeRequest>): RunBuilder {
  return new RunBuilder({ steps: [madeStep("storm")], assertions: [assertion] })
    .phases({ baseline: 2, chaos: 3 })
    .traffic(0, 5 * S, change)
    .replica(0, "app1")
    .replica(0, "app2")
    .replica(0, "app3")
    .injection("storm#1", "app2", { applying: 4 * S, applied: 4 * S, proven: 4 * S })
    .replica(4 * S, "app2", { state: "exited", ready: false, instance: null, restarts: 2 });
}

function findingOf(
  assertion: Assertion,
  reason: Reason,
  change: (due: number) => Partial<MadeRequest> = () => ({ replica: "app1" }),
): Finding {
  const made = stopped(assertion, change);
  if (reason !== "cut short") made.ended(reason, 5.1 * S, { detail: `because of ${reason}` });
  return judge(made.timeline()).findings.find(({ line }) => line === 7) as Finding;
}

const requests = (
  comparison: MeasureTest["comparison"],
  value: number,
  window: Window = { kind: "run" },
) => measureClaim({ name: "requests" }, comparison, [number(value)], { window });

const state = (more: Partial<StateTest>) =>
  claim("it", {
    about: "state",
    subject: "app",
    state: "ready",
    throughout: null,
    condition: { comparison: ">=", limits: [number(3)] },
    ...more,
  });

const EARLY: readonly Reason[] = ["interrupted", "time-limit", "failed", "cut short"];
const PLAYED: readonly Reason[] = ["complete", "aborted"];

describe("too few requests", () => {
  test.each(EARLY)("are inconclusive in a run that ended early: %s", (reason) => {
    const finding = findingOf(requests(">=", 1000), reason);
    expect(finding.status).toBe("inconclusive");
    expect(finding.doubts[0]).toContain(reason);
    expect(finding.sentence).toContain(
      "It was 500 by then, and might still have come to >= 1,000.",
    );
  });

  test.each(PLAYED)("are a fail in a run that was played: %s", (reason) => {
    expect(findingOf(requests(">=", 1000), reason)).toMatchObject({ status: "fail", doubts: [] });
  });

  test("are a fail of the steady state: that asks about what has been seen so far", () => {
    const timeline = stopped(requests(">=", 1000), () => ({})).timeline();
    expect(checkAssertion(timeline, requests(">=", 1000))[0]?.status).toBe("fail");
  });
});

test.each<[MeasureTest["comparison"], number, string]>([
  [">", 500, "inconclusive"],
  [">=", 500, "pass"],
  ["==", 501, "inconclusive"],
  ["==", 499, "fail"],
  ["!=", 500, "inconclusive"],
  ["<", 500, "fail"],
  ["<=", 499, "fail"],
])("of an interrupted run with 500 requests, requests %s %d: %s", (comparison, value, status) => {
  expect(findingOf(requests(comparison, value), "interrupted").status).toBe(status);
});

describe("a window that was over when the run ended early", () => {
  const phase = (name: "baseline" | "chaos"): Window => ({ kind: "phase", phase: name });

  test("was measured whole, so too few are too few", () => {
    expect(findingOf(requests(">=", 300, phase("baseline")), "interrupted").status).toBe("fail");
    expect(findingOf(requests(">=", 400, phase("chaos")), "interrupted").status).toBe(
      "inconclusive",
    );
  });

  test("may have lost its last requests with the end of the journal", () => {
    const finding = findingOf(requests(">=", 300, phase("baseline")), "cut short");
    expect(finding.status).toBe("inconclusive");
  });

  test.each([
    [0, "fail"],
    [60_000, "inconclusive"],
  ])("during a step plus %d ms, interrupted in the recovery: %s", (plusMs, status) => {
    const window = { kind: "during", step: "storm", plusMs } as const;
    const made = new RunBuilder({
      steps: [madeStep("storm")],
      assertions: [requests(">=", 1000, window)],
    })
      .phases({ baseline: 1, chaos: 3, recovery: 1 })
      .traffic(0, 5 * S)
      .injection("storm#1", "app2", { applying: 2 * S, applied: 2 * S, recovered: 3 * S })
      .ended("interrupted", 5.1 * S);
    expect(judge(made.timeline()).findings[0]?.status).toBe(status);
  });
});

describe("names that answered", () => {
  const replicas = (comparison: "==" | "!=" | ">=", limit: Limit) =>
    measureClaim({ name: "replicas" }, comparison, [limit]);

  test.each<[string, Assertion, string]>([
    ["one is missing", replicas("==", words("app1", "app2")), "inconclusive"],
    ["one too many", replicas("==", words("app2")), "fail"],
    ["too few", replicas(">=", number(2)), "inconclusive"],
    ["exactly those that were not to be", replicas("!=", words("app1")), "inconclusive"],
  ])("%s when the run was interrupted", (_name, assertion, status) => {
    expect(findingOf(assertion, "interrupted").status).toBe(status);
    expect(findingOf(assertion, "complete").status).toBe("fail");
  });
});

test("failures and slow answers stay what they are however the run ended", () => {
  const failing = (due: number) => (due === 3 * S ? ({ error: "refused" } as const) : {});
  const none = measureClaim({ name: "failed" }, "==", [number(0)]);
  const share = measureClaim({ name: "success" }, ">=", [{ kind: "percent", fraction: 0.999 }]);
  for (const reason of [...EARLY, ...PLAYED]) {
    expect(findingOf(none, reason, failing).status).toBe("fail");
    expect(findingOf(share, reason, failing).status).toBe("fail");
  }
});

describe("a state at the end", () => {
  test.each(EARLY)("is not known of a run that ended early: %s", (reason) => {
    const finding = findingOf(state({}), reason);
    expect(finding).toMatchObject({ status: "inconclusive", measured: "2" });
    expect(finding.doubts[0]).toContain(reason);
    expect(finding.sentence).toContain("What app.ready would have been at the end is not known.");
    expect(findingOf(state({ condition: "unchanged", state: "instance" }), reason).status).toBe(
      "inconclusive",
    );
  });

  test.each(PLAYED)("is a fail of a run that was played: %s", (reason) => {
    expect(findingOf(state({}), reason)).toMatchObject({ status: "fail", doubts: [] });
  });

  test("is not green either, when the run was interrupted while it was well", () => {
    const two = { comparison: ">=", limits: [number(2)] } as const;
    expect(findingOf(state({ condition: two }), "interrupted").status).toBe("inconclusive");
    expect(findingOf(state({ condition: two }), "complete").status).toBe("pass");
  });

  test("with restarts beyond their limit already is a fail", () => {
    const restarts = (comparison: "<=" | ">=", value: number) =>
      state({ state: "restarts", condition: { comparison, limits: [number(value)] } });
    expect(findingOf(restarts("<=", 1), "interrupted").status).toBe("fail");
    expect(findingOf(restarts("<=", 2), "interrupted").status).toBe("inconclusive");
    expect(findingOf(restarts(">=", 3), "interrupted").status).toBe("inconclusive");
  });
});

test("a state throughout that was broken once is broken, though the run was interrupted", () => {
  const throughout = { kind: "run" } as const;
  expect(findingOf(state({ throughout }), "interrupted").status).toBe("fail");
  const two = { comparison: ">=", limits: [number(2)] } as const;
  expect(findingOf(state({ throughout, condition: two }), "interrupted").status).toBe("pass");
});
