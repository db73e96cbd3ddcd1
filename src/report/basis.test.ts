import { describe, expect, test } from "vitest";
import type { JournalHeader, JournalRecord } from "../model/journal.ts";
import { foldTimeline } from "../verdict/timeline.ts";
import { exampleHeader } from "./example/plan.ts";
import { exampleRun } from "./example/run.ts";
import { jsonReport } from "./json.ts";
import { markdownReport } from "./markdown.ts";
import { terminalReport } from "./terminal.ts";

const { records, verdict } = exampleRun("pass");

/** The example run, of a stack whose answers name nobody. */
function silent(readiness: JournalHeader["readiness"]) {
  const header = {
    ...exampleHeader,
    identify: { replica: false, version: false },
    ...(readiness === undefined ? {} : { readiness }),
  };
  const unnamed = records.map(
    (record): JournalRecord =>
      record.type === "bucket" ? { ...record, replicas: {}, versions: {} } : record,
  );
  return foldTimeline(header, unnamed);
}

const width = { width: 200, color: false, unicode: true, runPath: null };
const NOTE = "app counts as recovered as soon as it runs";

describe("on what a recovery rests", () => {
  const timeline = silent({ app: "running", balancer: "running" });

  test("is said once for each service that was harmed, when it is only that it runs", () => {
    for (const said of [
      terminalReport(timeline, verdict, width),
      markdownReport(timeline, verdict),
    ]) {
      expect(said.split(NOTE)).toHaveLength(2);
      expect(said).not.toContain("balancer counts as");
      expect(said.toLowerCase()).toContain("answers do not name");
    }
    expect(JSON.parse(jsonReport(timeline, verdict, { runPath: null })).basis).toMatchObject({
      answersName: { replica: false, version: false },
      ready: { app: "running", balancer: "running" },
      weak: [expect.stringContaining(NOTE)],
    });
  });

  test.each([
    ["a healthcheck tells more", silent({ app: "health" })],
    ["an answer tells more", silent({ app: "answer" })],
    ["an older journal does not say", silent(undefined)],
    [
      "answers name who gave them",
      foldTimeline({ ...exampleHeader, readiness: { app: "running" } }, records),
    ],
  ])("is not said when %s", (_, timeline) => {
    expect(terminalReport(timeline, verdict, width)).not.toContain(NOTE);
    expect(markdownReport(timeline, verdict)).not.toContain(NOTE);
  });
});
