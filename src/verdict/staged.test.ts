import { describe, expect, test } from "vitest";
import type { Json } from "../kit/world.ts";
import type { Comparison, Window } from "../model/assertion.ts";
import type { Finding } from "../model/verdict.ts";
import { checkAssertion } from "./checks.ts";
import { judge } from "./judge.ts";
import { stateEnds, stateSpans } from "./states.ts";
import { claim, madeStep, NOTHING_FAILS } from "./testing/made-plan.ts";
import { S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";
import { selectWindow } from "./windows.ts";

const MOVE = madeStep("update", { kind: "rollout", role: "action", staged: true });

interface Ended {
  readonly outcome: string;
  readonly reason: string;
}

/** A rollout from 5 s to 15 s of a run of 20 s, which ended so; null: it failed. */
function rolled(ended: Ended | null, plan: object = {}): RunBuilder {
  const made = new RunBuilder({ steps: [MOVE], ...plan }).phases({ baseline: 2, chaos: 18 });
  made.step("update", "started", 5 * S);
  if (ended === null) {
    made.injection("update#1", null, { applying: 5 * S, failed: 15 * S }, { detail: "a bug" });
    made.step("update", "not-injected", 15 * S, "update#1 could not be applied");
    return made.ended("complete", 20 * S);
  }
  const facts = ended as unknown as Json;
  made.injection("update#1", null, { applying: 5 * S });
  made.injection("update#1", null, { applied: 15 * S }, { facts });
  made.injection("update#1", null, { proven: 15 * S }, { outcome: ended.outcome });
  made.injection("update#1", null, { ended: 15 * S, recovered: 15 * S });
  return made.step("update", "ended", 15 * S).ended("complete", 20 * S);
}

function fact(
  made: RunBuilder,
  what: "outcome" | "reason" | "recovery",
  comparison: Comparison,
  ...words: string[]
): Finding {
  const limits = [{ kind: "words", words } as const];
  const test = { about: "fact", fact: what, step: "update", comparison, limits } as const;
  return checkAssertion(made.timeline(), claim("it", test))[0] as Finding;
}

const GOOD = { outcome: "completed", reason: "good" };
const BAD = { outcome: "rolled-back", reason: "slow" };
const UNDECIDED = { outcome: "undecided", reason: "too-few-answers" };

describe("outcome of a rollout", () => {
  test.each([
    [GOOD, "==", ["completed"], "pass"],
    [GOOD, "==", ["rolled-back"], "fail"],
    [GOOD, "!=", ["completed"], "fail"],
    [BAD, "==", ["completed"], "fail"],
    [BAD, "==", ["rolled-back"], "pass"],
    [BAD, "==", ["completed", "rolled-back"], "pass"],
    [UNDECIDED, "==", ["completed"], "inconclusive"],
    [UNDECIDED, "==", ["rolled-back"], "inconclusive"],
    [UNDECIDED, "!=", ["completed"], "inconclusive"],
  ] as const)("%j %s %j: %s", (ended, comparison, words, status) => {
    expect(fact(rolled(ended), "outcome", comparison, ...words).status).toBe(status);
  });

  test("one that failed is no rollback, and never completed", () => {
    const finding = fact(rolled(null), "outcome", "==", "completed");
    expect(finding.status).not.toBe("pass");
    expect(fact(rolled(null), "outcome", "==", "rolled-back").status).not.toBe("pass");
  });

  test("one whose new replicas the engine never saw is not proven, and no pass", () => {
    const made = new RunBuilder({ steps: [MOVE] }).phases({ chaos: 20 });
    made.injection("update#1", null, { applying: 1 * S, applied: 9 * S, unproven: 9 * S });
    const finding = fact(made.ended("complete", 20 * S), "outcome", "==", "completed");
    expect(finding).toMatchObject({ status: "fail", measured: "not-injected" });
  });
});

describe("the exit code of a run that asserts that it completed", () => {
  const limits = [{ kind: "words", words: ["completed"] }] as const;
  const completed = claim("outcome of update == completed", {
    about: "fact",
    fact: "outcome",
    step: "update",
    comparison: "==",
    limits,
  });

  test.each([
    [GOOD, 0],
    [BAD, 1],
    [UNDECIDED, 3],
  ])("%j: %s", (ended, exit) => {
    expect(judge(rolled(ended, { assertions: [completed] }).timeline()).exit).toBe(exit);
  });

  test("what was left behind is worse than all of them", () => {
    const made = rolled(BAD, { assertions: [completed] });
    made.note("residue", { left: ["app1 runs v2 (it ran v1)"] }, 20 * S);
    expect(judge(made.timeline()).exit).toBe(5);
  });
});

describe("reason of a rollout", () => {
  test.each([
    [GOOD, ["good"], "pass"],
    [BAD, ["slow"], "pass"],
    [BAD, ["errors", "slow"], "pass"],
    [BAD, ["errors"], "fail"],
    [UNDECIDED, ["too-few-answers"], "pass"],
  ])("%j == %j: %s", (ended, words, status) => {
    expect(fact(rolled(ended), "reason", "==", ...words).status).toBe(status);
  });

  test("of one that failed nothing is known", () => {
    expect(fact(rolled(null), "reason", "==", "good").status).toBe("inconclusive");
  });
});

describe("windows of a rollout", () => {
  const spans = (window: Window) => selectWindow(rolled(GOOD).timeline(), window).spans;

  test("during is from its beginning to its end, with what is added", () => {
    expect(spans({ kind: "during", step: "update", plusMs: 0 })).toEqual([
      { from: 5 * S, to: 15 * S },
    ]);
    expect(spans({ kind: "during", step: "update", plusMs: 2000 })).toEqual([
      { from: 5 * S, to: 17 * S },
    ]);
  });

  test("after is the rest, and outside steps is both sides of it", () => {
    expect(spans({ kind: "after", step: "update", plusMs: 1000 })).toEqual([
      { from: 16 * S, to: 20 * S },
    ]);
    expect(spans({ kind: "outside" })).toEqual([
      { from: 0, to: 5 * S },
      { from: 15 * S, to: 20 * S },
    ]);
  });

  test("of one that failed: until it failed", () => {
    const { spans: during } = selectWindow(rolled(null).timeline(), {
      kind: "during",
      step: "update",
      plusMs: 0,
    });
    expect(during).toEqual([{ from: 5 * S, to: 15 * S }]);
  });

  test("of one that was under way when the run ended: to the end, and in doubt", () => {
    const made = new RunBuilder({ steps: [MOVE] }).phases({ chaos: 20 });
    made.injection("update#1", null, { applying: 5 * S }).ended("interrupted", 20 * S);
    const { spans: during, doubts } = selectWindow(made.timeline(), {
      kind: "during",
      step: "update",
      plusMs: 0,
    });
    expect(during).toEqual([{ from: 5 * S, to: 20 * S }]);
    expect(doubts).toHaveLength(1);
  });
});

describe("failures while a rollout is on", () => {
  const explained = (from: number): string => {
    const traffic = { error: "status", status: 502 } as const;
    const made = rolled(GOOD).traffic(0, 20 * S, (due) =>
      due >= from * S && due < (from + 1) * S ? traffic : {},
    );
    return checkAssertion(made.timeline(), NOTHING_FAILS)[0]?.sentence ?? "";
  };

  test("are its own, with what would mend them", () => {
    expect(explained(8)).toContain(
      "during update#1 (rollout of app): 100 answered 502. The replica closed connections",
    );
    expect(explained(8)).toContain("max_fails=0");
  });

  test("are not once it is over", () => {
    expect(explained(18)).toContain("outside every step");
  });
});

describe("states while a newcomer is there", () => {
  const SPAN = { from: 0, to: 20 * S };
  const NEW = { key: "p/app1+", version: "v2", instance: "200" };

  /** app1+ comes at 6 s, is ready at 7 s; app1 drains at 9 s, app1+ takes its place at 10 s. */
  function surge(): RunBuilder {
    const made = rolled(GOOD);
    for (const name of ["app1", "app2", "app3"]) made.replica(0, name);
    const tell = (t: number, type: "created" | "ready" | "removed" | "started", change: object) => {
      made.replica(t, "app1+", change);
      const last = made.records.at(-1);
      if (last?.type === "engine") {
        made.records[made.records.length - 1] = { ...last, event: { ...last.event, type } };
      }
    };
    tell(6 * S, "created", { ...NEW, ready: false });
    tell(7 * S, "ready", NEW);
    made.replica(9 * S, "app1", { state: "exited", ready: false, instance: null });
    made.replica(10 * S, "app1", { version: "v2", instance: "200" });
    tell(10 * S, "removed", { ...NEW, state: "removed", ready: false, instance: null });
    return made;
  }

  const numbers = (subject: string, state: "ready" | "version") =>
    stateSpans(surge().timeline(), subject, state, SPAN).map(({ from, value, words }) => [
      from / S,
      value ?? words,
    ]);

  test("it counts while it is ready: never fewer than there were", () => {
    const ready = numbers("app", "ready");
    expect(Math.min(...ready.map(([, value]) => Number(value)))).toBe(3);
    expect(ready).toContainEqual([7, 4]);
    expect(ready.at(-1)?.[1]).toBe(3);
  });

  test("its version is among those of the service as long as it is there", () => {
    const versions = numbers("app", "version");
    expect(versions[0]).toEqual([0, ["v1"]]);
    expect(versions).toContainEqual([6, ["v1", "v2"]]);
    expect(stateEnds(surge().timeline(), "app", "version", SPAN).last.words).toEqual(["v1", "v2"]);
    expect(stateEnds(surge().timeline(), "app1", "version", SPAN).last.words).toEqual(["v2"]);
  });

  test("when it is gone it is no replica that is missing or unknown", () => {
    const { last } = stateEnds(surge().timeline(), "app", "ready", SPAN);
    expect(last.each).toEqual(["app1=1", "app2=1", "app3=1"]);
    expect(last.unknown).toEqual([]);
  });
});
