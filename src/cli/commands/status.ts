import { Command } from "commander";
import type { Host } from "../host.ts";
import type { StackFlags } from "../load-stack.ts";
import { withStackOptions } from "./stack-options.ts";

/** `aegis status`: what runs, how it is, who holds it, and what harm is open. Touches nothing. */
export const status = (host: Host): Command =>
  withStackOptions(new Command("status"))
    .summary("show what runs, how it is, and any harm that is open")
    .option("--json", "print JSON", false)
    .addHelpText("after", "\nExample:\n  $ aegis status --json")
    .action(async (flags: StackFlags & { json: boolean }) =>
      (await import("../show-status.ts")).showStatus(host, flags),
    );
