import { Command } from "commander";
import type { Host } from "../host.ts";

/** `aegis judge RUN`: the verdict of a stored run again. */
export const judgeCommand = (host: Host): Command =>
  new Command("judge")
    .summary("judge a stored run again")
    .description(
      "Judges a stored run from its journal alone, also one that was cut short. The exit code is the verdict's.",
    )
    .argument("<run>", "a run directory, a run's id, or `latest`")
    .option("--json", "print the verdict as JSON", false)
    .addHelpText(
      "after",
      "\nExamples:\n  $ aegis judge latest\n  $ aegis judge .aegis/runs/latest --json",
    )
    .action(async (run: string, flags: { json: boolean }) =>
      (await import("../report-stored-run.ts")).judgeStoredRun(host, run, flags),
    );
