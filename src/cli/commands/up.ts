import { Command } from "commander";
import type { Host } from "../host.ts";
import type { UpFlags } from "../manage-stack.ts";
import { withStackOptions, withWaitTimeout } from "./stack-options.ts";

/** `aegis up`: the stack runs on after the command has returned. */
export const up = (host: Host): Command =>
  withWaitTimeout(withStackOptions(new Command("up")))
    .summary("start a stack and leave it running")
    .addHelpText(
      "after",
      "\nExamples:\n  $ aegis up\n  $ aegis up --compose docker-compose.yml --project demo --wait-timeout 3m",
    )
    .action(async (flags: UpFlags) => (await import("../manage-stack.ts")).upStack(host, flags));
