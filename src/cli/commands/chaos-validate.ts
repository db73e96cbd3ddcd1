import { Command } from "commander";
import type { Host } from "../host.ts";
import type { PlanFlags } from "../load-plans.ts";
import { withStackOptions } from "./stack-options.ts";

/** `aegis chaos validate FILE...`: every mistake at once, without running anything. */
export const chaosValidate = (host: Host): Command =>
  withStackOptions(new Command("validate"))
    .summary("check scenario files without running them")
    .description(
      "Checks scenarios and the compose files that they are about. Tells every problem at once, as file:line:column; exits 2 if there is any.",
    )
    .argument("<scenario...>", "scenario files, or names of bundled ones")
    .option("--json", "print the parsed plans as JSON", false)
    .addHelpText(
      "after",
      "\nExamples:\n  $ aegis chaos validate my-scenario.yaml\n  $ aegis chaos validate scenarios/*.yaml --json",
    )
    .action(async (files: string[], flags: PlanFlags & { json: boolean }) =>
      (await import("../validate-scenarios.ts")).validateScenarios(host, files, flags),
    );
