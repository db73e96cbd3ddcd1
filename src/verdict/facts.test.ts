import { describe, expect, test } from "vitest";
import type { Comparison, FactTest, Limit } from "../model/assertion.ts";
import type { InjectionRecord, RunRecord } from "../model/journal.ts";
import type { Finding } from "../model/verdict.ts";
import { checkAssertion } from "./checks.ts";
import { claim, madeStep } from "./testing/made-plan.ts";
import { S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";

type Stages = Partial<Record<InjectionRecord["stage"], number>>;

/** Two steps of 1 s to 20 s of chaos; the injections of `storm` in seconds. */
function run(injections: readonly Stages[], reason: RunRecord["reason"] = "complete"): RunBuilder {
  const steps = [
    madeStep("storm"),
    madeStep("freeze", { kind: "pause", held: true }),
    madeStep("rest", { kind: "wait", target: null }),
  ];
  const made = new RunBuilder({ steps }).phases({ baseline: 1, chaos: 19 });
  injections.forEach((stages, index) => {
    const us = Object.entries(stages).map(([stage, seconds]) => [stage, seconds * S]);
    made.injection(`storm#${index + 1}`, `app${(index % 3) + 1}`, Object.fromEntries(us));
  });
  return made.ended(reason, 21 * S);
}

function check(
  made: RunBuilder,
  fact: FactTest["fact"],
  comparison: Comparison,
  limit: Limit,
  step: string | null = "storm",
): Finding[] {
  const stated = claim("it", { about: "fact", fact, step, comparison, limits: [limit] });
  return [...checkAssertion(made.timeline(), stated)];
}

const within = (made: RunBuilder, seconds: number): Finding =>
  check(made, "recovery", "<=", { kind: "duration", ms: seconds * 1000 })[0] as Finding;

describe("recovery", () => {
  const calm = { applying: 2, applied: 2.1, proven: 2.1, recovered: 3.1 };
  const slow = { applying: 5, applied: 5, proven: 5, recovered: 8 };
  const never = { applying: 10, applied: 10, proven: 10, unrecovered: 20 };
  const open = { applying: 15, applied: 15, proven: 15 };

  test("runs from the end of the harm, and the worst injection counts", () => {
    expect(within(run([calm, slow]), 3)).toMatchObject({ status: "pass", value: 3000, samples: 2 });
    const broken = within(run([calm, slow]), 2.9);
    expect(broken).toMatchObject({ status: "fail", measured: "3s (worst of 1s, 3s)" });
    expect(broken.sentence).toBe("app2 after storm#2 (crash) took 3s to recover.");
  });

  test("that took hardly longer than allowed is told with as many digits as it takes", () => {
    const broken = within(run([calm, { ...slow, recovered: 8.003 }]), 3);
    expect(broken).toMatchObject({
      status: "fail",
      measured: "3.003s (worst of 1s, 3.003s)",
      allowed: "<= 3s",
      sentence: "app2 after storm#2 (crash) took 3.003s to recover.",
    });
  });

  test("of many is told by the worst and the median", () => {
    const many = Array.from({ length: 6 }, (_, n) => ({
      applying: 2 + n,
      applied: 2 + n,
      proven: 2 + n,
      recovered: 3 + 1.5 * n,
    }));
    expect(within(run(many), 10).measured).toBe("3.5s (worst of 6, median 2s)");
  });

  test("one that only aegis brought back never recovered, whatever the limit", () => {
    expect(within(run([calm, never]), 1000)).toMatchObject({
      status: "fail",
      measured: "1 never, 1s",
      value: null,
    });
    expect(within(run([calm]), 1000).status).toBe("pass");
  });

  test("one that is undecided fails when its limit had passed by the end of the run, else cannot be told", () => {
    expect(within(run([open]), 4).status).toBe("fail");
    expect(within(run([open]), 6)).toMatchObject({ status: "inconclusive", measured: "undecided" });
  });

  test("one that was given no time because the run was interrupted has not failed", () => {
    const hurried = { applying: 15, applied: 15, proven: 15, unrecovered: 20.5 };
    expect(within(run([hurried], "interrupted"), 10).status).toBe("inconclusive");
    expect(within(run([hurried], "interrupted"), 4).status).toBe("fail");
    expect(within(run([hurried], "complete"), 10).status).toBe("fail");
  });

  test("of held harm counts from when it was undone", () => {
    const made = run([]).injection("freeze#1", "app1", {
      applying: 2 * S,
      applied: 2 * S,
      ended: 8 * S,
      recovered: 8.5 * S,
    });
    const limit = { kind: "duration", ms: 600 } as const;
    expect(check(made, "recovery", "<=", limit, "freeze")[0]).toMatchObject({
      value: 500,
      status: "pass",
    });
    const held = run([]).injection("freeze#1", "app1", { applying: 2 * S, applied: 2 * S });
    expect(check(held, "recovery", "<=", limit, "freeze")[0]?.status).toBe("inconclusive");
  });

  test("of harm that nobody proved is no pass", () => {
    const unproven = { applying: 2, applied: 2, unproven: 2.1, recovered: 2.2 };
    expect(within(run([unproven]), 10)).toMatchObject({ status: "inconclusive" });
    expect(within(run([unproven]), 10).doubts).toEqual(["storm#1 is not proven"]);
  });

  test("of every step is one finding for each that harms a replica", () => {
    const made = run([calm]).step("freeze", "skipped", 2 * S, "no power to pause");
    const findings = check(made, "recovery", "<=", { kind: "duration", ms: 5000 }, null);
    expect(findings.map(({ subject, status }) => [subject, status])).toEqual([
      ["storm", "pass"],
      ["freeze", "skipped"],
    ]);
  });

  test("of a step that harmed nothing cannot be told", () => {
    expect(within(run([]), 5).status).toBe("inconclusive");
    expect(within(run([{ applying: 2, failed: 3 }]), 5).status).toBe("inconclusive");
    expect(within(run([calm, { applying: 2, failed: 3 }]), 5)).toMatchObject({
      samples: 1,
      status: "pass",
    });
  });
});

describe("outcome", () => {
  const words = (...list: string[]): Limit => ({ kind: "words", words: list });
  const stopped = (...outcomes: string[]) => {
    const made = run([]);
    outcomes.forEach((outcome, index) => {
      made.injection(
        `storm#${index + 1}`,
        "app1",
        { applying: S, applied: S, proven: S },
        { outcome },
      );
    });
    return made;
  };

  test.each<[string[], Comparison, Limit, string]>([
    [["drained", "drained"], "==", words("drained"), "pass"],
    [["drained", "killed"], "==", words("drained"), "fail"],
    [["drained", "killed"], "==", words("drained", "killed"), "pass"],
    [["drained"], "!=", words("killed"), "pass"],
    [["killed"], "!=", words("killed"), "fail"],
  ])("%j %s %j: %s", (outcomes, comparison, limit, status) => {
    expect(check(stopped(...outcomes), "outcome", comparison, limit)[0]?.status).toBe(status);
  });

  test("says which injection ended otherwise", () => {
    const [finding] = check(stopped("drained", "killed"), "outcome", "==", words("drained"));
    expect(finding?.sentence).toBe("storm#2 ended as killed (app1).");
    expect(finding?.measured).toBe("drained, killed");
  });

  test("is not known while it is not proven, and not-injected when there was no target", () => {
    const pending = run([{ applying: 2, applied: 2 }]);
    expect(check(pending, "outcome", "==", words("injected"))[0]?.status).toBe("inconclusive");
    const none = run([]).step("storm", "not-injected", 2 * S, "no replica was ready");
    expect(check(none, "outcome", "==", words("injected"))[0]).toMatchObject({
      status: "fail",
      sentence: "Step storm ended as not-injected: no replica was ready.",
    });
    expect(check(none, "outcome", "==", words("not-injected"))[0]?.status).toBe("pass");
  });
});

test("a reason is what the injection's facts say last", () => {
  const made = run([]).injection(
    "storm#1",
    "app1",
    { applied: S },
    { facts: { reason: "budget" } },
  );
  const limit = { kind: "words", words: ["budget"] } as const;
  expect(check(made, "reason", "==", limit)[0]?.status).toBe("pass");
  expect(check(made, "reason", "!=", limit)[0]?.status).toBe("fail");
  expect(check(run([]), "reason", "==", limit)[0]?.status).toBe("inconclusive");
});
