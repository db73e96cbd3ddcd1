import { Command } from "commander";
import type { Host } from "../host.ts";
import type { PlanFlags } from "../load-plans.ts";
import { seedNumber, withStackOptions, withVantage } from "./stack-options.ts";

/** `aegis chaos plan [SCENARIO...]`: what a run would do. Touches nothing. */
export const chaosPlan = (host: Host): Command =>
  withVantage(withStackOptions(new Command("plan")))
    .summary("show what a run would do: when, to whom, and what that needs")
    .description(
      "Shows the schedule of a scenario, the seeded ranking of targets for each harm, and whether this machine has the powers that it needs. Touches nothing.",
    )
    .argument("[scenario...]", "scenario files, or names of bundled ones (default: zero-downtime)")
    .option("--seed <n>", "the seed of the run that is meant", seedNumber)
    .option("--url <path>", "path to ask for, in place of the scenario's")
    .option("--json", "print JSON", false)
    .addHelpText(
      "after",
      "\nExamples:\n  $ aegis chaos plan\n  $ aegis chaos plan crash-one freeze --seed 42\n  $ aegis chaos plan my-scenario.yaml --json",
    )
    .action(async (files: string[], flags: PlanFlags & { json: boolean }) =>
      (await import("../show-plans.ts")).showPlans(host, files, flags),
    );
