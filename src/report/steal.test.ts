import { describe, expect, test } from "vitest";
import type { Timeline } from "../model/timeline.ts";
import { exampleRun } from "./example/run.ts";
import { jsonReport } from "./json.ts";
import { jsonReportSchema } from "./json-schema.ts";
import { markdownReport } from "./markdown.ts";
import { terminalReport } from "./terminal.ts";

const { timeline, verdict } = exampleRun("pass");
const WIDE = { width: 200, color: false, unicode: true, runPath: null };

/** The example run, on a machine whose host gave that share of its CPU to others. */
function stolen(stealShare: number): Timeline {
  const facts = { kind: "machine", cores: 2, stealShare, worstStealShare: 0.63 };
  const note = { type: "note", t: timeline.end, step: null, stage: "tester", facts } as const;
  return { ...timeline, notes: [...timeline.notes, note] };
}

describe.each([
  ["terminal", (of: Timeline) => terminalReport(of, verdict, WIDE)],
  ["markdown", (of: Timeline) => markdownReport(of, verdict)],
])("the %s report", (_, report) => {
  test("tells how much CPU the machine's host gave to others", () => {
    expect(report(stolen(0.123))).toContain(
      "the machine's host gave 12.3% of its CPU to others (steal time), at worst 63.0%",
    );
  });

  test("says nothing of little, and of what is not known", () => {
    for (const little of [stolen(0.049), timeline]) {
      expect(report(little)).not.toContain("steal time");
    }
  });
});

test("the JSON report has it in any case", () => {
  const machineOf = (of: Timeline) =>
    jsonReportSchema.parse(JSON.parse(jsonReport(of, verdict))).machine;
  expect(machineOf(stolen(0.01))).toEqual({ stealShare: 0.01, worstStealShare: 0.63 });
  expect(machineOf(timeline)).toBeNull();
});
