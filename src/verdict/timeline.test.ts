import { describe, expect, test } from "vitest";
import type { JournalRecord } from "../model/journal.ts";
import { madeStep } from "./testing/made-plan.ts";
import { MS, S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";
import { foldTimeline } from "./timeline.ts";

const steps = [madeStep("storm"), madeStep("freeze", { kind: "pause", held: true })];

function fullRun(): RunBuilder {
  return new RunBuilder({ steps })
    .phases({ warmup: 1, baseline: 2, chaos: 4, recovery: 2 })
    .traffic(0, 9 * S)
    .replica(0, "app2")
    .replica(0, "app1")
    .replica(3.1 * S, "app1", { state: "exited", ready: false, instance: null })
    .step("storm", "started", 3 * S)
    .injection("storm#1", "app1", {
      applying: 3 * S,
      applied: 3.1 * S,
      proven: 3.2 * S,
      recovered: 4 * S,
    })
    .injection("freeze#1", "app2", {
      applying: 5 * S,
      applied: 5.1 * S,
      ended: 6 * S,
      recovered: 6.5 * S,
    })
    .ended("complete", 9.5 * S);
}

test("phases follow one another and close where the next record says so", () => {
  expect(fullRun().timeline().phases).toEqual([
    { phase: "warmup", from: 0, to: 1 * S },
    { phase: "baseline", from: 1 * S, to: 3 * S },
    { phase: "chaos", from: 3 * S, to: 7 * S },
    { phase: "recovery", from: 7 * S, to: 9 * S },
  ]);
});

test("the harm of an instant fault ends when it is applied, held harm when it is undone", () => {
  const [storm, freeze] = fullRun().timeline().steps;
  expect(storm?.injections[0]).toMatchObject({
    harmEndedAt: 3.1 * S,
    recoveredAt: 4 * S,
    proven: true,
  });
  expect(freeze?.injections[0]).toMatchObject({
    harmEndedAt: 6 * S,
    recoveredAt: 6.5 * S,
    proven: null,
  });
});

test("what the tester wrote folds the same in any order", () => {
  const run = fullRun();
  const whole = JSON.stringify(run.timeline());
  const reversed = [...run.records].reverse().sort((a, b) => (a.type < b.type ? -1 : 1));
  const stable = (records: JournalRecord[]) =>
    JSON.parse(JSON.stringify(foldTimeline(run.header, records)));
  const again = stable(reversed);
  const { traffic, end, ended } = JSON.parse(whole);
  expect(again).toMatchObject({ traffic, end, ended });
});

test("unknown types and records without a time are skipped", () => {
  const run = fullRun();
  const before = JSON.stringify(run.timeline());
  const foreign = [{ type: "hologram", t: 99 * S }, { type: "note" }] as unknown as JournalRecord[];
  expect(JSON.stringify(foldTimeline(run.header, [...run.records, ...foreign]))).not.toContain(
    "hologram",
  );
  expect(
    JSON.stringify(foldTimeline(run.header, [...run.records, { type: "note" } as never])),
  ).toBe(before);
});

describe("a journal that was cut short", () => {
  const cut = fullRun().records.filter(({ t, type }) => t < 5.5 * S && type !== "run");
  const timeline = foldTimeline(fullRun().header, cut);

  test("has no end, and its last phase lasts as long as is known", () => {
    expect(timeline.ended).toBeNull();
    expect(timeline.phases.at(-1)).toEqual({ phase: "chaos", from: 3 * S, to: timeline.end });
    expect(timeline.end).toBeLessThan(5.5 * S);
  });

  test("leaves the injection that was on open", () => {
    const injection = timeline.steps[1]?.injections[0];
    expect(injection).toMatchObject({ appliedAt: 5.1 * S, harmEndedAt: null, recoveredAt: null });
  });
});

test("that a step was once not injected is not undone by its end", () => {
  const run = new RunBuilder({ steps })
    .step("storm", "started", 1 * S)
    .step("storm", "not-injected", 2 * S, "no replica was ready")
    .step("storm", "ended", 3 * S);
  expect(run.timeline().steps[0]).toMatchObject({
    stage: "not-injected",
    detail: "no replica was ready",
    startedAt: 1 * S,
    endedAt: 3 * S,
  });
  expect(run.timeline().steps[1]?.stage).toBe("pending");
});

test("what was not proven, or failed, has the outcome not-injected", () => {
  const run = new RunBuilder({ steps })
    .injection("storm#1", "app1", { applying: 1, applied: 2, unproven: 3 })
    .injection("storm#2", "app2", { applying: 4, failed: 5 }, { detail: "no such process" })
    .injection("storm#3", "app3", { applying: 6, applied: 7, proven: 8 });
  const outcomes = run
    .timeline()
    .steps[0]?.injections.map(({ outcome, failure }) => [outcome, failure]);
  expect(outcomes).toEqual([
    ["not-injected", null],
    ["not-injected", "no such process"],
    ["injected", null],
  ]);
});

test("only aegis brought it back: it never recovered", () => {
  const run = new RunBuilder({ steps }).injection("storm#1", "app1", {
    applying: 1,
    applied: 2,
    recovered: 3,
    unrecovered: 4,
  });
  expect(run.timeline().steps[0]?.injections[0]?.recoveredAt).toBeNull();
});

test("replicas come in declared order, each with its states by time", () => {
  const { replicas } = fullRun().timeline();
  expect(replicas.map(({ name }) => name)).toEqual(["app1", "app2"]);
  expect(replicas[0]?.points.map(({ t, replica }) => [t, replica.state])).toEqual([
    [0, "running"],
    [3.1 * S, "exited"],
  ]);
});

test("each traffic has its own buckets, in order of due time", () => {
  const [main] = fullRun().timeline().traffic;
  const times = main?.buckets.map(({ t }) => t) ?? [];
  expect(times).toHaveLength(90);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(main?.buckets.every(({ sent }) => sent === 100 / (1000 / 100))).toBe(true);
  expect(main?.gaps.every(({ until, t }) => until - t >= 20 * MS)).toBe(true);
});
