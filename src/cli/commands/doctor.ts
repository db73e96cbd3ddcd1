import { Command } from "commander";
import type { Host } from "../host.ts";
import type { StackFlags } from "../load-stack.ts";
import { withStackOptions } from "./stack-options.ts";

/** `aegis doctor`: what this machine can do, and what stands in the way. */
export const doctor = (host: Host): Command =>
  withStackOptions(new Command("doctor"))
    .summary("check what this machine can do, and what stands in the way")
    .description(
      "Looks at Node, the platform, the engines and their powers, the state directory, limits, ports, and what dead runs have left. What a Docker allows is tried in short-lived containers. Exits 4 when no engine can work, or not the one that --engine names.",
    )
    .option("--json", "print JSON", false)
    .addHelpText(
      "after",
      "\nExamples:\n  $ aegis doctor\n  $ aegis doctor --engine docker\n  $ aegis doctor --json",
    )
    .action(async (flags: StackFlags & { json: boolean }) =>
      (await import("../check-machine.ts")).checkMachine(host, flags),
    );
