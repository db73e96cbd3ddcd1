import { Command } from "commander";
import type { Host } from "../host.ts";
import type { StackFlags } from "../load-stack.ts";
import { withStackOptions } from "./stack-options.ts";

/** `aegis up`: the stack runs on after the command has returned. */
export const up = (host: Host): Command =>
  withStackOptions(new Command("up"))
    .summary("start a stack and leave it running")
    .addHelpText(
      "after",
      "\nExamples:\n  $ aegis up\n  $ aegis up --compose docker-compose.yml --project demo",
    )
    .action(async (flags: StackFlags) => (await import("../manage-stack.ts")).upStack(host, flags));
