import { describe, expect, test } from "vitest";
import type { Timeline } from "../model/timeline.ts";
import { exampleRun } from "./example/run.ts";
import { jsonReport } from "./json.ts";
import { jsonReportSchema } from "./json-schema.ts";
import { junitReport } from "./junit.ts";
import { markdownReport } from "./markdown.ts";
import { terminalReport } from "./terminal.ts";

const { timeline, verdict } = exampleRun("pass");
const WIDE = { width: 200, color: false, unicode: true, runPath: null };
const REASON = "port 80 of front is not published";

function seenFrom(header: Pick<Timeline["header"], "vantage" | "vantageReason">): Timeline {
  return { ...timeline, header: { ...timeline.header, ...header } };
}

describe.each([
  ["the host", { vantage: "host" }, "seen from the host"],
  ["inside, as it was asked for", { vantage: "inside" }, "seen from inside the network"],
  [
    "inside, for a reason",
    { vantage: "inside", vantageReason: REASON },
    `seen from inside the network (${REASON})`,
  ],
] as const)("every report says that it is seen from %s", (_, header, text) => {
  const seen = seenFrom(header);
  const reason = "vantageReason" in header ? header.vantageReason : null;

  test.each([
    ["terminal", terminalReport(seen, verdict, WIDE)],
    ["markdown", markdownReport(seen, verdict)],
  ])("%s", (_format, report) => {
    expect(report).toContain(`${text} `);
    if (reason === null) expect(report).not.toContain(`${text} (`);
  });

  test("json", () => {
    const report = jsonReportSchema.parse(JSON.parse(jsonReport(seen, verdict)));
    expect(report).toMatchObject({ vantage: header.vantage, vantageReason: reason });
  });

  test("junit", () => {
    const report = junitReport([{ timeline: seen, verdict, path: null }]);
    expect(report).toContain(`name="vantage" value="${header.vantage}"`);
    expect(report.includes(REASON)).toBe(reason !== null);
  });
});
