import { Command } from "commander";
import type { Host } from "../host.ts";
import type { InitFlags } from "../write-scenario.ts";
import { withStackOptions } from "./stack-options.ts";

/** `aegis init`: a first scenario for a stack, with comments. */
export const init = (host: Host): Command =>
  withStackOptions(new Command("init"))
    .summary("write a first scenario for a stack, with comments")
    .description(
      "Reads a compose file (default: the one in this directory, else the bundled stack), finds the service that requests go to, and writes a commented scenario that harms one replica of it. With --probe it first asks the running stack for 5 s, to choose a rate, a timeout and limits that suit it.",
    )
    .option("--out <file>", "the file to write", "chaos.yaml")
    .option("--url <path>", "path to ask for", "/")
    .option("--probe", "send 5 s of GET requests to the running stack first", false)
    .option("--force", "replace the file if it is there", false)
    .addHelpText(
      "after",
      "\nExamples:\n  $ aegis init\n  $ aegis init --compose docker-compose.yml --out scenarios/first.yaml\n  $ aegis init --probe --url /health --force",
    )
    .action(async (flags: InitFlags) =>
      (await import("../write-scenario.ts")).writeScenario(host, flags),
    );
