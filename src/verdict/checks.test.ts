import { describe, expect, test } from "vitest";
import type { Assertion, Limit } from "../model/assertion.ts";
import type { BucketRecord } from "../model/journal.ts";
import type { Finding } from "../model/verdict.ts";
import { checkAssertion } from "./checks.ts";
import { madeStep, madeTraffic, measureClaim, NOTHING_FAILS } from "./testing/made-plan.ts";
import { type MadeRequest, MS, S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";

const ms = (value: number): Limit => ({ kind: "duration", ms: value });

function tenSeconds(change: (due: number) => Partial<MadeRequest> = () => ({})): RunBuilder {
  return new RunBuilder({ steps: [madeStep("freeze", { kind: "pause", held: true })] })
    .phases({ baseline: 2, chaos: 6, recovery: 2 })
    .injection("freeze#1", "app2", {
      applying: 4 * S,
      applied: 4.1 * S,
      proven: 4.1 * S,
      ended: 6 * S,
      recovered: 6.2 * S,
    })
    .traffic(0, 10 * S, change)
    .ended("complete", 10.1 * S);
}

function check(run: RunBuilder, assertion: Assertion): Finding {
  return checkAssertion(run.timeline(), assertion)[0] as Finding;
}

const failAt = (from: number, to: number) => (due: number) =>
  due >= from && due < to ? ({ error: "refused" } as const) : {};

describe("an assertion about a measure", () => {
  test("passes with its numbers and windows, and needs no sentence", () => {
    expect(check(tenSeconds(), NOTHING_FAILS)).toEqual({
      assertion: "main.failed ==",
      why: null,
      line: 7,
      status: "pass",
      subject: "main",
      measured: "0",
      allowed: "== 0",
      value: 0,
      samples: 1000,
      windows: [{ from: 0, to: 10 * S }],
      sentence: "",
      doubts: [],
    });
  });

  test("fails with a sentence", () => {
    const finding = check(tenSeconds(failAt(5 * S, 5.02 * S)), NOTHING_FAILS);
    expect(finding).toMatchObject({ status: "fail", value: 2, doubts: [] });
    expect(finding.sentence).toContain("2 of 1,000 requests failed");
  });

  test("never fails with a number that reads like the one allowed", () => {
    const slow = tenSeconds((due) => (due === 5 * S ? { took: 500_400 } : {}));
    const max = measureClaim({ name: "latency", quantile: 1 }, "<=", [ms(500)]);
    const late = check(slow, max);
    expect(late).toMatchObject({ status: "fail", measured: "500.4ms", allowed: "<= 500ms" });
    expect(late.sentence).toContain("Max was 500.4ms: 1 of 1,000 answers took longer than 500ms");
    const few = tenSeconds((due) => (due === 5 * S ? { error: "refused" } : {}));
    const success = measureClaim({ name: "success" }, ">=", [
      { kind: "percent", fraction: 0.999004 },
    ]);
    expect(check(few, success)).toMatchObject({ status: "fail", allowed: ">= 99.9004%" });
    expect(check(few, success).measured).toMatch(/^99\.9% \(95% CI/);
  });

  test("is weighed for each traffic when it names none", () => {
    const run = new RunBuilder({ traffic: [madeTraffic("main"), madeTraffic("orders")] })
      .phases({ chaos: 5 })
      .traffic(0, 5 * S)
      .traffic(0, 5 * S, failAt(1 * S, 2 * S), "orders");
    const every = measureClaim({ name: "failed" }, "==", [{ kind: "number", value: 0 }], {
      traffic: null,
    });
    const findings = checkAssertion(run.timeline(), every);
    expect(findings.map(({ subject, status }) => [subject, status])).toEqual([
      ["main", "pass"],
      ["orders", "fail"],
    ]);
  });

  describe("of who answered, where nobody did", () => {
    const refused = tenSeconds((due) => (due >= 8 * S ? { error: "refused" } : { version: "v1" }));
    const window = { kind: "phase", phase: "recovery" } as const;
    const v1: Limit = { kind: "words", words: ["v1"] };
    const number = (value: number): Limit => ({ kind: "number", value });

    test.each([
      ["versions", "!=", v1],
      ["versions", "<=", number(1)],
      ["versions", "!=", number(1)],
      ["replicas", "<", number(3)],
    ] as const)("cannot be told, though %s %s %j would hold", (name, comparison, limit) => {
      const finding = check(refused, measureClaim({ name }, comparison, [limit], { window }));
      expect(finding).toMatchObject({ status: "inconclusive", measured: "none" });
      expect(finding.sentence).toContain(`No answer named its ${name.slice(0, -1)}`);
    });

    test.each([
      ["versions", "==", v1, "fail"],
      ["replicas", ">=", number(1), "fail"],
      ["replicas", "==", number(0), "pass"],
      ["replicas", "<=", number(0), "pass"],
    ] as const)("is told by %s %s %j: %s", (name, comparison, limit, status) => {
      const claim = measureClaim({ name }, comparison, [limit], { window });
      expect(check(refused, claim).status).toBe(status);
    });
  });

  test("of a traffic that is not there cannot be told", () => {
    const ghost = measureClaim({ name: "failed" }, "==", [], { traffic: "ghost" });
    expect(check(tenSeconds(), ghost).status).toBe("inconclusive");
  });

  test("during a step that was skipped is skipped, during one that never began cannot be told", () => {
    const during = (step: string) =>
      measureClaim({ name: "failed" }, "==", [{ kind: "number", value: 0 }], {
        window: { kind: "during", step, plusMs: 0 },
      });
    const steps = [madeStep("gone"), madeStep("late")];
    const run = new RunBuilder({ steps }).phases({ chaos: 5 }).step("gone", "skipped", 1);
    expect(check(run, during("gone"))).toMatchObject({ status: "skipped", doubts: [] });
    expect(check(run, during("late"))).toMatchObject({ status: "inconclusive" });
  });
});

describe("limits relative to the baseline", () => {
  const p90 = { name: "latency", quantile: 0.9 } as const;
  const during = { window: { kind: "during", step: "freeze", plusMs: 0 } } as const;
  const slow = (took: number) => (due: number) => (due >= 4 * S && due < 6 * S ? { took } : {});

  test("are measured over the baseline of the same traffic", () => {
    const twice: Limit[] = [{ kind: "baseline", times: 2 }];
    const finding = check(tenSeconds(slow(19 * MS)), measureClaim(p90, "<=", twice, during));
    expect(finding).toMatchObject({ status: "pass", allowed: "<= 20ms (2x baseline)" });
    expect(check(tenSeconds(slow(30 * MS)), measureClaim(p90, "<=", twice, during)).status).toBe(
      "fail",
    );
  });

  test("are the stricter ones when another is laxer", () => {
    const either: Limit[] = [{ kind: "baseline", times: 2 }, ms(400)];
    expect(check(tenSeconds(slow(300 * MS)), measureClaim(p90, "<=", either, during)).status).toBe(
      "pass",
    );
    expect(check(tenSeconds(slow(500 * MS)), measureClaim(p90, "<=", either, during)).status).toBe(
      "fail",
    );
  });

  test("cannot be told without a baseline", () => {
    const run = new RunBuilder().phases({ chaos: 5 }).traffic(0, 5 * S);
    const finding = check(run, measureClaim(p90, "<=", [{ kind: "baseline", times: 2 }]));
    expect(finding.status).toBe("inconclusive");
    expect(finding.doubts.join()).toContain("the baseline is not known");
  });
});

test("a percentile of too few samples is never a pass, and never a fail", () => {
  const p99 = { name: "latency", quantile: 0.99 } as const;
  const few = new RunBuilder().phases({ chaos: 5 }).traffic(0, 5 * S);
  expect(check(few, measureClaim(p99, "<=", [ms(1000)])).status).toBe("inconclusive");
  expect(check(few, measureClaim(p99, "<=", [ms(1)])).status).toBe("inconclusive");
  expect(check(tenSeconds(), measureClaim(p99, "<=", [ms(1000)])).status).toBe("pass");
});

describe("doubt of the tester", () => {
  const baseline = { window: { kind: "phase", phase: "baseline" } } as const;
  const inBaseline = measureClaim(
    { name: "failed" },
    "==",
    [{ kind: "number", value: 0 }],
    baseline,
  );

  function dropping(run: RunBuilder, at: number): RunBuilder {
    const index = run.records.findIndex(({ type, t }) => type === "bucket" && t === at);
    run.records[index] = { ...(run.records[index] as BucketRecord), dropped: 3 };
    return run;
  }

  test("dropped arrivals turn a pass of their window into inconclusive, no other", () => {
    const finding = check(dropping(tenSeconds(), 5 * S), NOTHING_FAILS);
    expect(finding.status).toBe("inconclusive");
    expect(finding.doubts).toEqual(["the tester could not send 3 requests that were due"]);
    expect(check(dropping(tenSeconds(), 5 * S), inBaseline).status).toBe("pass");
  });

  test("dropped arrivals leave a fail a fail", () => {
    const run = dropping(tenSeconds(failAt(5 * S, 5.1 * S)), 7 * S);
    expect(check(run, NOTHING_FAILS).status).toBe("fail");
  });

  test("that arrivals were dropped can itself be asserted", () => {
    const dropped = (limit: number) =>
      measureClaim({ name: "dropped" }, "<=", [{ kind: "number", value: limit }]);
    expect(check(dropping(tenSeconds(), 5 * S), dropped(5)).status).toBe("pass");
    expect(check(dropping(tenSeconds(), 5 * S), dropped(2)).status).toBe("fail");
  });

  test.each([
    [900, "pass"],
    [1100, "inconclusive"],
  ])("a request sent %d ms late, with a timeout of 1 s: %s", (late, status) => {
    const run = tenSeconds((due) => (due === 5 * S ? { late: late * MS } : {}));
    expect(check(run, NOTHING_FAILS).status).toBe(status);
  });

  test.each([
    [5, 6.1, "inconclusive"],
    [5, 5.9, "pass"],
    [0.2, 1.9, "pass"],
  ])(
    "a noted stall from %d s to %d s, asked about the time after the baseline: %s",
    (from, to, status) => {
      const run = tenSeconds().note(
        "tester",
        { kind: "stall", from: from * S, to: to * S },
        to * S,
      );
      const chaos = measureClaim({ name: "failed" }, "==", [{ kind: "number", value: 0 }], {
        window: { kind: "phase", phase: "chaos" },
      });
      expect(check(run, chaos).status).toBe(status);
    },
  );

  test("other notes of the tester are none", () => {
    const run = tenSeconds().note("tester", { kind: "summary", from: 0, to: 10 * S }, 9 * S);
    expect(check(run, NOTHING_FAILS).status).toBe("pass");
  });

  test("a hole in the journal is no time without failures", () => {
    const run = tenSeconds();
    const whole = run.records.filter(({ type, t }) => type !== "bucket" || t < 5 * S || t > 6 * S);
    run.records.splice(0, run.records.length, ...whole);
    const finding = check(run, NOTHING_FAILS);
    expect(finding.status).toBe("inconclusive");
    expect(finding.doubts.join()).toContain("due requests are in the journal");
  });

  describe("lateness above a tenth of a latency limit", () => {
    const max = { name: "latency", quantile: 0.9 } as const;
    const run = (late: number) => tenSeconds(() => ({ took: 100 * MS, late: late * MS }));

    test.each([
      [50, 6, "inconclusive"],
      [50, 4, "fail"],
      [200, 30, "pass"],
    ])("limit %d ms, sent %d ms late: %s", (limit, late, status) => {
      expect(check(run(late), measureClaim(max, "<=", [ms(limit)])).status).toBe(status);
    });

    test("does not excuse failures", () => {
      const late = tenSeconds((due) => ({ late: 50 * MS, ...failAt(5 * S, 6 * S)(due) }));
      expect(check(late, NOTHING_FAILS).status).toBe("fail");
    });
  });
});

test("a number that may be worse than what was seen is no pass, but can fail", () => {
  const run = tenSeconds(failAt(9.5 * S, 10 * S));
  const outage = (limit: number) => measureClaim({ name: "outage" }, "<=", [ms(limit)]);
  expect(check(run, outage(600))).toMatchObject({
    status: "inconclusive",
    measured: "at least 500ms",
  });
  expect(check(run, outage(400)).status).toBe("fail");
});

test("a window whose end is undecided is never a pass", () => {
  const during = measureClaim({ name: "failed" }, "==", [{ kind: "number", value: 0 }], {
    window: { kind: "during", step: "storm", plusMs: 0 },
  });
  const run = (stages: Record<string, number>) =>
    new RunBuilder({ steps: [madeStep("storm")] })
      .phases({ chaos: 5 })
      .traffic(0, 5 * S)
      .injection("storm#1", "app1", { applying: 1 * S, applied: 1 * S, ...stages });
  expect(check(run({}), during).status).toBe("inconclusive");
  expect(check(run({ recovered: 3 * S }), during).status).toBe("pass");
});
