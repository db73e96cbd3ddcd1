import { Command } from "commander";
import type { Host } from "../host.ts";
import type { LogFlags } from "../show-logs.ts";
import { positiveInteger, withStackOptions } from "./stack-options.ts";

/** `aegis logs [NAME...]`: what the replicas print. */
export const logs = (host: Host): Command =>
  withStackOptions(new Command("logs"), { short: false })
    .summary("show what the replicas print")
    .argument("[name...]", "only these services or replicas")
    .option("-f, --follow", "go on until Ctrl-C", false)
    .option("-n, --tail <n>", "only the last n lines of each", positiveInteger)
    .addHelpText(
      "after",
      "\nExamples:\n  $ aegis logs\n  $ aegis logs app1 balancer --tail 20\n  $ aegis logs app -f",
    )
    .action(async (names: string[], flags: LogFlags) =>
      (await import("../show-logs.ts")).showLogs(host, names, flags),
    );
