import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { messageOf } from "../kit/errors.ts";
import { jsonReport, jsonReportOf } from "../report/json.ts";
import { junitReport } from "../report/junit.ts";
import { markdownReport } from "../report/markdown.ts";
import { terminalReport } from "../report/terminal.ts";
import type { RunResult } from "../runner/run.ts";
import type { Host } from "./host.ts";
import { tellLeftovers } from "./open-harm.ts";
import { paperOptions } from "./terminal-paper.ts";
import { typedPath } from "./typed-path.ts";

export interface ReportFlags {
  readonly junit?: string;
  readonly json?: boolean;
}

/** The reports of one run: kept beside its journal, to the CI's summary, and for people on stdout. */
export function reportRun(host: Host, flags: ReportFlags, result: RunResult): void {
  const { path, timeline, verdict } = result;
  const options = { runPath: path };
  if (!flags.json) host.stdout.line(terminalText(host, result).trimEnd());
  const markdown = markdownReport(timeline, verdict, options);
  writeReport(host, join(path, "report.json"), jsonReport(timeline, verdict, options));
  writeReport(host, join(path, "report.md"), markdown);
  const summary = host.world.env["GITHUB_STEP_SUMMARY"];
  if (summary) writeReport(host, summary, `${markdown}\n`, appendFileSync);
  tellLeftovers(host.stderr, result.leftovers);
}

/** The report for people, as wide and as colourful as this terminal. */
export function terminalText(
  host: Host,
  { path, timeline, verdict }: Pick<RunResult, "path" | "timeline" | "verdict">,
): string {
  const runPath = typedPath(host.world.cwd, path);
  return terminalReport(timeline, verdict, { ...paperOptions(host), runPath });
}

/** What is said once, after the last run. */
export function reportAll(host: Host, flags: ReportFlags, results: readonly RunResult[]): void {
  if (flags.json) {
    const reports = results.map(({ timeline, verdict, path }) =>
      jsonReportOf(timeline, verdict, path),
    );
    const [only] = reports;
    host.stdout.line(JSON.stringify(reports.length === 1 ? only : reports, null, 2));
  } else if (results.length > 1) {
    for (const { timeline, verdict } of results) {
      host.stdout.line(`${verdict.verdict.toUpperCase().padEnd(12)} ${timeline.header.plan.name}`);
    }
    const passed = results.filter(({ verdict }) => verdict.verdict === "pass").length;
    host.stdout.line(`${passed} of ${results.length} runs passed`);
  }
  if (flags.junit !== undefined) {
    const file = resolve(host.world.cwd, flags.junit);
    writeReport(host, file, junitReport(results));
  }
}

/** A report that cannot be written (disk full, no right to) must not hide the verdict. */
function writeReport(
  host: Host,
  path: string,
  text: string,
  write: (path: string, text: string) => void = writeFileSync,
): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    write(path, text);
  } catch (thrown) {
    host.stderr.line(`cannot write ${path}: ${messageOf(thrown)}`);
  }
}
