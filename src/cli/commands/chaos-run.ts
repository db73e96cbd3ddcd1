import { Command } from "commander";
import type { Host } from "../host.ts";
import type { PlanFlags } from "../load-plans.ts";
import type { RunFlags } from "../run-scenarios.ts";
import {
  positiveInteger,
  seedNumber,
  withRunOptions,
  withStackOptions,
  withVantage,
} from "./stack-options.ts";

/** `aegis chaos run [SCENARIO...]`: the main job. */
export const chaosRun = (host: Host): Command =>
  withVantage(withRunOptions(withStackOptions(new Command("run"))))
    .summary("run scenarios and say whether the stack held")
    .description(
      "Starts the stack, plays each scenario on it, prints the verdict, and puts everything back.",
    )
    .argument("[scenario...]", "scenario files, or names of bundled ones (default: zero-downtime)")
    .option(
      "--seed <n>",
      "decides every random choice; the same seed makes the same run",
      seedNumber,
    )
    .option("--repeat <n>", "run each scenario this often", positiveInteger)
    .option("--url <path>", "path to ask for, in place of the scenario's")
    .addHelpText(
      "after",
      `
Examples:
  $ aegis chaos run
  $ aegis chaos run crash-one freeze --seed 42 --junit report.xml
  $ aegis chaos run my-scenario.yaml --compose docker-compose.yml
  $ aegis chaos run my-scenario.yaml --project shop --vantage inside
  $ aegis chaos run --cmd "node server.js" --replicas 3 --url /`,
    )
    .action(async (files: string[], flags: PlanFlags & RunFlags) => {
      const { runScenarios } = await import("../run-scenarios.ts");
      await runScenarios(host, files, flags);
    });
