import { describe, expect, test } from "vitest";
import type { RunRecord } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import { foldTimeline, judge } from "./judge.ts";
import { claim, madeStep, measureClaim, NOTHING_FAILS } from "./testing/made-plan.ts";
import { type MadeRequest, MS, S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";

const SECOND_OUT = (due: number): Partial<MadeRequest> =>
  due >= 5 * S && due < 5.1 * S ? { error: "refused" } : {};

const FAST = measureClaim({ name: "latency", quantile: 0.9 }, "<=", [{ kind: "duration", ms: 50 }]);

function run(
  change: (due: number) => Partial<MadeRequest> = () => ({}),
  plan: Partial<Plan> = {},
): RunBuilder {
  const steps = [madeStep("storm")];
  return new RunBuilder({ steps, assertions: [NOTHING_FAILS, FAST], ...plan })
    .phases({ baseline: 2, chaos: 6, recovery: 2 })
    .traffic(0, 10 * S, change);
}

function proven(made: RunBuilder): RunBuilder {
  return made.injection("storm#1", "app2", {
    applying: 4 * S,
    applied: 4.1 * S,
    proven: 4.1 * S,
    recovered: 6 * S,
  });
}

const complete = (made: RunBuilder) => made.ended("complete", 10.1 * S).timeline();

describe("the verdict and its exit code", () => {
  test("every assertion holds: pass, 0", () => {
    expect(judge(complete(proven(run())))).toMatchObject({
      verdict: "pass",
      exit: 0,
      summary: "All 2 assertions hold.",
      doubts: [],
    });
  });

  test("one does not: fail, 1", () => {
    expect(judge(complete(proven(run(SECOND_OUT))))).toMatchObject({
      verdict: "fail",
      exit: 1,
      summary: "1 of 2 assertions does not hold: main.failed == (main: 10).",
    });
  });

  test("one is in doubt: inconclusive, 3", () => {
    const late = run((due) => (due === 5 * S ? { late: 2 * S } : {}));
    const { verdict, exit, summary, doubts } = judge(complete(proven(late)));
    expect([verdict, exit, doubts]).toEqual(["inconclusive", 3, []]);
    expect(summary).toContain("the tester stalled");
  });

  test("a fail that is not itself in doubt is worse than a doubt about the run", () => {
    const unproven = run(SECOND_OUT).injection("storm#1", "app2", {
      applying: 4 * S,
      applied: 4 * S,
      unproven: 5 * S,
    });
    expect(judge(complete(unproven))).toMatchObject({ verdict: "fail", exit: 1 });
  });

  test("a run that asserts nothing passes, one whose every assertion was skipped does not", () => {
    expect(judge(complete(proven(run(undefined, { assertions: [] })))).verdict).toBe("pass");
    const window = { kind: "during", step: "storm", plusMs: 0 } as const;
    const assertions = [measureClaim({ name: "failed" }, "==", [], { window })];
    const skipped = run(undefined, { assertions }).step("storm", "skipped", 3 * S, "no power");
    expect(judge(complete(skipped))).toMatchObject({ verdict: "inconclusive", exit: 3 });
  });
});

describe("a step that is not proven is never green", () => {
  const stages = { applying: 4 * S, applied: 4 * S, recovered: 5 * S };

  test.each<[string, (made: RunBuilder) => RunBuilder, string]>([
    [
      "unproven",
      (made) => made.injection("storm#1", "app2", { ...stages, unproven: 5 * S }),
      "not proven: storm#1 (1 of 1 of storm)",
    ],
    ["never weighed", (made) => made.injection("storm#1", "app2", stages), "not proven: storm#1"],
    [
      "failed",
      (made) => made.injection("storm#1", "app2", { applying: 1, failed: 2 }, { detail: "EPERM" }),
      "storm#1 could not be injected: EPERM",
    ],
    [
      "without a target",
      (made) => made.step("storm", "not-injected", 4 * S, "none ready"),
      "step storm was not injected: none ready",
    ],
    ["never started", (made) => made, "step storm never started"],
    [
      "started and ended, with nothing in between",
      (made) => made.step("storm", "started", 3 * S).step("storm", "ended", 4 * S),
      "step storm injected nothing",
    ],
  ])("%s", (_name, change, doubt) => {
    const verdict = judge(complete(change(run())));
    expect(verdict).toMatchObject({ verdict: "inconclusive", exit: 3 });
    expect(verdict.doubts.join()).toContain(doubt);
  });

  test("one of many in a storm is enough, a skipped step is none", () => {
    const mixed = proven(run()).injection("storm#2", "app1", { ...stages, unproven: 6 * S });
    expect(judge(complete(mixed)).doubts.join()).toContain("storm#2 (1 of 2 of storm)");
    expect(judge(complete(run().step("storm", "skipped", 4 * S))).verdict).toBe("pass");
  });
});

describe("how the run ended", () => {
  const ended = (made: RunBuilder, reason: RunRecord["reason"], more: Partial<RunRecord> = {}) =>
    judge(
      proven(made)
        .ended(reason, 10.1 * S, { detail: `because of ${reason}`, ...more })
        .timeline(),
    );

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const)("interrupted by %s: %d, whatever had failed", (signal, exit) => {
    expect(ended(run(), "interrupted", { signal })).toMatchObject({
      verdict: "inconclusive",
      exit,
    });
    expect(ended(run(SECOND_OUT), "interrupted", { signal })).toMatchObject({
      verdict: "fail",
      exit,
    });
  });

  test("out of time: inconclusive, but a fail stays one", () => {
    const late = ended(run(), "time-limit");
    expect(late).toMatchObject({
      verdict: "inconclusive",
      exit: 3,
      doubts: ["because of time-limit"],
    });
    expect(ended(run(SECOND_OUT), "time-limit")).toMatchObject({ verdict: "fail", exit: 1 });
  });

  test("aborted: fail, with the sentence of the rule that was met", () => {
    const text = "main.success over 5s < 50%";
    const rule = {
      traffic: "main",
      measure: "success",
      overMs: 5000,
      comparison: "<",
      limit: 0.5,
      text,
    } as const;
    const detail = `abort-when ${text}: of the last 500 requests of main, 12% succeeded`;
    const verdict = ended(run(undefined, { abortWhen: [rule] }), "aborted", { detail });
    expect(verdict).toMatchObject({ verdict: "fail", exit: 1 });
    expect(verdict.findings[0]).toMatchObject({
      assertion: `abort-when: ${text}`,
      status: "fail",
      subject: "main",
      sentence: `${detail}.`,
    });
  });

  test("not steady: 6, with the steady check that broke, and nothing else judged", () => {
    const early = new RunBuilder({
      assertions: [FAST],
      steady: { withinMs: 0, checks: [NOTHING_FAILS] },
      steps: [madeStep("storm")],
    })
      .phases({ baseline: 2 })
      .traffic(0, 2 * S, (due) => (due < 1 * S ? { error: "status", status: 500 } : {}))
      .ended("not-steady", 2 * S, { detail: "main.failed == 0 does not hold" });
    const verdict = judge(early.timeline());
    expect(verdict).toMatchObject({
      verdict: "inconclusive",
      exit: 6,
      summary: "No steady state before the first step: main.failed == 0 does not hold.",
    });
    expect(verdict.findings.map(({ status }) => status)).toEqual(["fail", "inconclusive"]);
  });

  test("a journal that was cut short is never a pass", () => {
    const verdict = judge(proven(run()).timeline());
    expect(verdict).toMatchObject({ verdict: "inconclusive", exit: 3 });
    expect(verdict.doubts[0]).toContain("cut short");
    expect(judge(proven(run(SECOND_OUT)).timeline()).exit).toBe(1);
  });

  test("harm left behind: 5, and the verdict is still said", () => {
    const left = (facts: string[]) =>
      judge(complete(proven(run()).note("residue", { left: facts }, 10 * S)));
    expect(left(["app2 is paused (it was running)"])).toMatchObject({
      verdict: "pass",
      exit: 5,
      doubts: ["left behind: app2 is paused (it was running)"],
    });
    expect(left([]).exit).toBe(0);
  });

  test("harm left behind outranks every other ending", () => {
    const made = run(SECOND_OUT).note("residue", { left: ["app2 is gone"] });
    expect(ended(made, "interrupted", { signal: "SIGINT" })).toMatchObject({
      verdict: "fail",
      exit: 5,
    });
  });
});

test("judging the same journal twenty times gives the same bytes", () => {
  const assertions = [
    NOTHING_FAILS,
    FAST,
    claim("recovery", {
      about: "fact",
      fact: "recovery",
      step: null,
      comparison: "<=",
      limits: [{ kind: "duration", ms: 1 }],
    }),
    claim("ready", {
      about: "state",
      subject: "app",
      state: "ready",
      throughout: { kind: "run" },
      condition: "unchanged",
    }),
    measureClaim({ name: "replicas" }, "==", [{ kind: "words", words: ["app1"] }]),
    measureClaim({ name: "gap" }, "<=", [{ kind: "duration", ms: 10 }]),
  ];
  const made = proven(
    run(
      (due) => ({ ...SECOND_OUT(due), replica: `app${(due / (10 * MS)) % 3}`, took: due % 7919 }),
      { assertions },
    ),
  ).replica(0, "app1");
  complete(made);
  const lines = made.records.map((record) => JSON.stringify(record));
  const bytes = Array.from({ length: 20 }, () => {
    const records = lines.map((line) => JSON.parse(line));
    return JSON.stringify(judge(foldTimeline(JSON.parse(JSON.stringify(made.header)), records)));
  });
  expect(new Set(bytes).size).toBe(1);
  expect(bytes[0]).toContain('"verdict":"fail"');
});
