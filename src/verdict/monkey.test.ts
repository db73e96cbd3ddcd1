import { describe, expect, test } from "vitest";
import type { Window } from "../model/assertion.ts";
import type { Timeline } from "../model/timeline.ts";
import { checkAssertion } from "./checks.ts";
import { madeStep, measureClaim } from "./testing/made-plan.ts";
import { S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";
import { selectWindow } from "./windows.ts";

const during = { kind: "during", step: "monkey", plusMs: 0 } as const;

function spansOf(window: Window, timeline: Timeline): number[][] {
  return selectWindow(timeline, window).spans.map(({ from, to }) => [from / S, to / S]);
}

describe("a monkey that crashes and pauses", () => {
  const alternatives = [
    { kind: "pause", params: {}, forMs: 1000 },
    { kind: "crash", params: {}, forMs: null },
  ];
  const monkey = (...kinds: string[]) =>
    madeStep("monkey", {
      kind: "pause",
      held: true,
      alternatives: alternatives.filter(({ kind }) => kinds.includes(kind)),
    });

  /** As the runner writes it: instant harm, too, has ended, namely when it was applied. */
  const run = (step = monkey("crash", "pause")) =>
    new RunBuilder({ steps: [step] })
      .phases({ baseline: 2, chaos: 12 })
      .injection(
        "monkey#1",
        "app1",
        { applying: 3 * S, applied: 3.02 * S, ended: 3.02 * S, recovered: 5 * S },
        { kind: "crash" },
      )
      .injection(
        "monkey#2",
        "app2",
        { applying: 8 * S, applied: 8.02 * S, ended: 9 * S, recovered: 10 * S },
        { kind: "pause" },
      );
  const timeline = run()
    .traffic(0, 14 * S)
    .ended("complete", 14 * S)
    .timeline();

  test("harms with a crash until the replica has recovered, with a pause until it is undone", () => {
    expect(spansOf(during, timeline)).toEqual([
      [3, 5],
      [8, 9],
    ]);
    expect(spansOf({ kind: "outside" }, timeline)).toEqual([
      [0, 3],
      [5, 8],
      [9, 14],
    ]);
    expect(spansOf({ kind: "after", step: "monkey", plusMs: 0 }, timeline)).toEqual([[9, 14]]);
  });

  test("is told by the kind of each injection, also when the journal names no end of a crash", () => {
    const [step] = timeline.steps;
    expect(step?.injections.map(({ harmEndedAt }) => harmEndedAt)).toEqual([3.02 * S, 9 * S]);
    const unsaid = run();
    const records = unsaid.records.filter(
      (record) => !(record.type === "injection" && record.stage === "ended"),
    );
    unsaid.records.splice(0, unsaid.records.length, ...records);
    const injections = unsaid.timeline().steps[0]?.injections;
    expect(injections?.map(({ harmEndedAt }) => harmEndedAt)).toEqual([3.02 * S, null]);
  });

  test("a kind it does not choose from counts as the step does", () => {
    expect(spansOf(during, run(monkey("pause")).timeline())[0]).toEqual([3, 3.02]);
  });

  test.each([
    [2.9, "pass", "fail"],
    [4.5, "fail", "pass"],
    [8.5, "fail", "pass"],
    [9.5, "pass", "fail"],
  ])("failures at %d s: during it %s, outside it %s", (second, inside, outside) => {
    const failing = run()
      .traffic(0, 14 * S, (due) => (due === second * S ? { error: "refused" } : {}))
      .ended("complete", 14 * S)
      .timeline();
    const status = (window: Window) =>
      checkAssertion(
        failing,
        measureClaim({ name: "failed" }, "==", [{ kind: "number", value: 0 }], { window }),
      )[0]?.status;
    expect([status(during), status({ kind: "outside" })]).toEqual([inside, outside]);
  });
});
