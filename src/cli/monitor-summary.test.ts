import { expect, test } from "vitest";
import { exampleRun } from "../report/example/run.ts";
import { createPaper } from "../report/paper.ts";
import { monitorSummary } from "./monitor-summary.ts";

test("a monitored time ends with how well the tester itself did, for each traffic", () => {
  const paper = createPaper({ width: 100, color: false, unicode: false });
  const { timeline } = exampleRun("inconclusive");
  const lines = monitorSummary(paper, { timeline, path: ".aegis/runs/x" });
  const told = lines.filter((line) => line.includes("the tester itself"));
  expect(told).toHaveLength(2);
  expect(told[0]).toMatch(
    /rate error -?[\d.]+% . late p50 \S+ . late p99 \S+ . 37 dropped . burst \d+/,
  );
  expect(told[1]).toContain("0 dropped");
});
