import { resolve } from "node:path";
import type { Timeline } from "../model/timeline.ts";
import type { Verdict } from "../model/verdict.ts";
import { jsonReport } from "../report/json.ts";
import { junitReport } from "../report/junit.ts";
import { markdownReport } from "../report/markdown.ts";
import { assertionsSection } from "../report/terminal/assertions.ts";
import { headlineSection } from "../report/terminal/headline.ts";
import { judgeRun } from "../runner/judge-run.ts";
import { findRun } from "../state/run-directory.ts";
import type { Host } from "./host.ts";
import { terminalText } from "./report-runs.ts";
import { paperOf } from "./terminal-paper.ts";
import { writeOutput } from "./write-output.ts";

/** The options of `aegis report`, as commander gives them. */
export interface StoredReportFlags {
  readonly format: "terminal" | "json" | "junit" | "markdown";
  readonly output?: string;
}

type Format = (timeline: Timeline, verdict: Verdict, options: { runPath: string }) => string;

/** The report of a stored run, from its journal alone. Its exit code says only whether it could be made. */
export async function reportStoredRun(
  host: Host,
  ref: string,
  { format, output }: StoredReportFlags,
): Promise<void> {
  const formats: Record<StoredReportFlags["format"], Format> = {
    terminal: (timeline, verdict, { runPath }) =>
      terminalText(host, { timeline, verdict, path: runPath }),
    json: jsonReport,
    junit: (timeline, verdict, { runPath }) => junitReport([{ timeline, verdict, path: runPath }]),
    markdown: markdownReport,
  };
  const { path } = findRun(host.world.cwd, ref);
  const { timeline, verdict } = await judgeRun(path);
  const text = formats[format](timeline, verdict, { runPath: path });
  if (output === undefined) host.stdout.line(text.trimEnd());
  else writeOutput(resolve(host.world.cwd, output), text);
}

/** The verdict of a stored run, the same each time, and its exit code. */
export async function judgeStoredRun(
  host: Host,
  ref: string,
  { json }: { readonly json: boolean },
): Promise<void> {
  const { timeline, verdict } = await judgeRun(findRun(host.world.cwd, ref).path);
  host.setExitCode(verdict.exit);
  if (json) {
    host.stdout.line(JSON.stringify(verdict, null, 2));
    return;
  }
  const paper = paperOf(host);
  for (const line of [
    ...headlineSection(paper, timeline, verdict),
    "",
    ...assertionsSection(paper, timeline, verdict),
  ]) {
    host.stdout.line(line);
  }
}
