import { Command } from "commander";
import type { Host } from "../host.ts";

/** `aegis heal`: every project that aegis has touched, from anywhere. */
export const healCommand = (host: Host): Command =>
  new Command("heal")
    .summary("undo what a dead run left behind")
    .description(
      "Undoes every open entry of the ledger of every project, whoever left it. Safe to repeat.",
    )
    .addHelpText("after", "\nExample:\n  $ aegis heal")
    .action(async () => (await import("../heal-projects.ts")).healProjects(host));
