import { Command } from "commander";
import type { Host } from "../host.ts";

/** `aegis chaos kinds [KIND...]`: what steps can do. */
export const chaosKinds = (host: Host): Command =>
  new Command("kinds")
    .summary("list what steps can do, with their parameters")
    .argument("[kind...]", "only these")
    .option("--json", "print JSON", false)
    .addHelpText("after", "\nExamples:\n  $ aegis chaos kinds\n  $ aegis chaos kinds exec --json")
    .action(async (names: string[], flags: { json: boolean }) =>
      (await import("../list-kinds.ts")).listKinds(host, names, flags),
    );
