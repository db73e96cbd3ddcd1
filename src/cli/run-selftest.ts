import { join } from "node:path";
import { runSelftest as performSelftest, type SelftestReport } from "../tester/selftest.ts";
import type { Host } from "./host.ts";
import { paperOf, printTable } from "./terminal-paper.ts";

/** Compares the tester with the truth on this machine; exit 1 when they differ. */
export async function runSelftest(host: Host, { json }: { readonly json: boolean }): Promise<void> {
  const report = await performSelftest({
    dist: join(host.world.packageRoot, "dist"),
    world: host.world,
    onProgress: (line) => host.stderr.line(line),
  });
  tellReport(host, report, { json });
}

/** Prints it, and sets the exit code: numbers that are wrong are none to build on. */
export function tellReport(
  host: Host,
  report: SelftestReport,
  { json }: { readonly json: boolean },
): void {
  if (json) host.stdout.line(JSON.stringify(report, null, 2));
  else printReport(host, report);
  if (!report.ok) host.setExitCode(1);
}

function printReport(host: Host, { ok, checks }: SelftestReport): void {
  const paper = paperOf(host);
  const end = { align: "end" as const };
  printTable(
    host,
    [
      { head: "" },
      { head: "check", least: 14 },
      { head: "measured", ...end },
      { head: "true", ...end },
      { head: "allowed", ...end },
    ],
    checks.map((check) => [
      { text: check.ok ? paper.signs.pass : paper.signs.fail, tone: check.ok ? "good" : "bad" },
      { text: check.name },
      { text: `${rounded(check.measured)} ${check.unit}`, tone: check.ok ? "plain" : "bad" },
      { text: rounded(check.expected) },
      { text: `${paper.unicode ? "±" : "+-"}${rounded(check.tolerance)}`, tone: "dim" },
    ]),
  );
  const wrong = checks.filter((check) => !check.ok).length;
  const said = ok
    ? "The tester tells the truth on this machine."
    : `${wrong} of ${checks.length} numbers of the tester are wrong on this machine: do not trust its reports here.`;
  for (const line of paper.paragraph(ok ? "good" : "bad", said)) host.stdout.line(line);
}

function rounded(value: number): string {
  return String(Number(value.toFixed(1)));
}
