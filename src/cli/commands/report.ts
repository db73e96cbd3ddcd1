import { Command, Option } from "commander";
import type { Host } from "../host.ts";
import type { StoredReportFlags } from "../report-stored-run.ts";

/** `aegis report RUN`: a stored run again, in any format. */
export const report = (host: Host): Command =>
  new Command("report")
    .summary("show a stored run again, in any format")
    .description(
      "Makes a report of a stored run from its journal alone, also of a run that was cut short.",
    )
    .argument("<run>", "a run directory, a run's id, or `latest`")
    .addOption(
      new Option("--format <format>", "of the report")
        .choices(["terminal", "json", "junit", "markdown"])
        .default("terminal"),
    )
    .option("-o, --output <file>", "write it to a file")
    .addHelpText(
      "after",
      "\nExamples:\n  $ aegis report latest\n  $ aegis report latest --format markdown\n  $ aegis report .aegis/runs/latest --format junit -o report.xml",
    )
    .action(async (run: string, flags: StoredReportFlags) =>
      (await import("../report-stored-run.ts")).reportStoredRun(host, run, flags),
    );
