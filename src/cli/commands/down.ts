import { Command } from "commander";
import type { Host } from "../host.ts";
import type { StackFlags } from "../load-stack.ts";
import { withStackOptions } from "./stack-options.ts";

/** `aegis down`: undoes harm, stops everything, forgets the project. */
export const down = (host: Host): Command =>
  withStackOptions(new Command("down"))
    .summary("stop a stack and everything of it")
    .addHelpText("after", "\nExample:\n  $ aegis down --project demo")
    .action(async (flags: StackFlags) =>
      (await import("../manage-stack.ts")).downStack(host, flags),
    );
