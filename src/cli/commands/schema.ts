import { Argument, Command } from "commander";
import type { Host } from "../host.ts";

/** `aegis schema [scenario|report]`: JSON Schema for editors and scripts. */
export const schema = (host: Host): Command =>
  new Command("schema")
    .summary("print the JSON Schema of scenario files or of reports")
    .addArgument(
      new Argument("[what]", "which one").choices(["scenario", "report"]).default("scenario"),
    )
    .addHelpText(
      "after",
      "\nExamples:\n  $ aegis schema scenario > scenario.schema.json\n  $ aegis schema report",
    )
    .action(async (what: "scenario" | "report") =>
      (await import("../print-schema.ts")).printSchema(host, what),
    );
