import { expect, test } from "vitest";
import type { JournalRecord, NoteRecord } from "../model/journal.ts";
import type { Timeline } from "../model/timeline.ts";
import { judge } from "../verdict/judge.ts";
import { madeStep } from "../verdict/testing/made-plan.ts";
import { S } from "../verdict/testing/made-requests.ts";
import { RunBuilder } from "../verdict/testing/run-builder.ts";
import { jsonReport } from "./json.ts";
import { jsonReportSchema } from "./json-schema.ts";
import { foldLive, startLive } from "./live.ts";
import { markdownReport } from "./markdown.ts";
import { terminalReport } from "./terminal.ts";

const OPTIONS = { runPath: ".aegis/runs/x" };
const TEXT = "app1 is good: errors 0% (0 of 300) against 0% (0 of 900) of app1, app2 | app3";

function note(t: number, facts: NoteRecord["facts"], step: string | null = "update"): NoteRecord {
  return { type: "note", t, step, stage: "rollout", facts };
}

/** A rollout that tells two things, among notes that are none of its own. */
function run(staged = true): RunBuilder {
  const step = madeStep("update", { kind: "rollout", role: "action", ...(staged && { staged }) });
  const made = new RunBuilder({ steps: [step] }).phases({ chaos: 20 }).traffic(0, 20 * S);
  made.injection("update#1", null, { applying: 5 * S });
  made.records.push(
    note(6 * S, { text: "app1+ runs v2 beside app1", stage: "started", replica: "app1" }),
    note(9 * S, { text: TEXT, stage: "gate", replica: "app1", verdict: "good" }),
    note(9 * S, { text: "of another step" }, "other"),
    note(9 * S, { text: "of no step" }, null),
    note(9 * S, { stage: "without a sentence" }),
    note(9 * S, ["text"]),
    note(9 * S, null),
  );
  made.injection("update#1", null, { applied: 15 * S, ended: 15 * S, recovered: 15 * S });
  return made.step("update", "ended", 15 * S).ended("complete", 20 * S);
}

function terminal(timeline: Timeline): string {
  const options = { ...OPTIONS, width: 120, color: false, unicode: true };
  return terminalReport(timeline, judge(timeline), options);
}

test("the terminal lists what it decided, with its times, under the step", () => {
  const lines = terminal(run().timeline()).split("\n");
  const at = lines.findIndex((line) => line.includes("update: rollout"));
  expect(at).not.toBe(-1);
  expect(lines[at + 1]).toMatch(/^ {4}· .*\+6.* app1\+ runs v2 beside app1$/);
  expect(lines[at + 2]).toMatch(/^ {4}· .*\+9.* app1 is good: errors 0% \(0 of 300\)/);
  expect(lines.join("\n")).not.toContain("of another step");
  expect(lines.join("\n")).not.toContain("of no step");
});

test("Markdown has them as a list, escaped", () => {
  const timeline = run().timeline();
  const text = markdownReport(timeline, judge(timeline), OPTIONS);
  const list = text.split("\n").filter((line) => /^- .*app1/.test(line));
  expect(list).toHaveLength(2);
  expect(list[1]).toContain("against 0% (0 of 900)");
  expect(list[1]).toMatch(/app2 \\\|/);
});

test("JSON has them with their facts, as its schema says", () => {
  const timeline = run().timeline();
  const report = jsonReportSchema.parse(JSON.parse(jsonReport(timeline, judge(timeline), OPTIONS)));
  expect(report.steps[0]?.stages).toEqual([
    {
      atMs: 6000,
      text: "app1+ runs v2 beside app1",
      facts: { text: "app1+ runs v2 beside app1", stage: "started", replica: "app1" },
    },
    {
      atMs: 9000,
      text: TEXT,
      facts: { text: TEXT, stage: "gate", replica: "app1", verdict: "good" },
    },
  ]);
});

test("a step without stages has none", () => {
  const timeline = run(false).timeline();
  const { steps } = JSON.parse(jsonReport(timeline, judge(timeline), OPTIONS));
  expect(steps[0]).not.toHaveProperty("stages");
  expect(terminal(timeline)).not.toContain("app1 is good");
});

test("who watches is told as it happens, once each", () => {
  const made = run();
  let state = startLive(made.header.plan);
  const told: string[] = [];
  for (const record of made.records as JournalRecord[]) {
    const next = foldLive(state, record);
    state = next.state;
    told.push(...next.events.map(({ text }) => text));
  }
  expect(told.filter((text) => text.startsWith("update: app1"))).toEqual([
    "update: app1+ runs v2 beside app1",
    `update: ${TEXT}`,
  ]);
});
