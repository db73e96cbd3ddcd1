import { Command } from "commander";
import type { Host } from "../host.ts";

/** `aegis chaos list`: the scenarios that come with aegis. */
export const chaosList = (host: Host): Command =>
  new Command("list")
    .summary("list the bundled scenarios")
    .option("--json", "print JSON", false)
    .addHelpText("after", "\nExample:\n  $ aegis chaos list")
    .action(async (flags: { json: boolean }) =>
      (await import("../list-scenarios.ts")).listScenarios(host, flags),
    );
