import { jsonReportSchemaText } from "../report/json-schema.ts";
import { scenarioJsonSchema } from "../scenario/json-schema.ts";
import type { Host } from "./host.ts";
import { kinds } from "./kinds.ts";

/** JSON Schema (draft 2020-12): of scenario files as people write them, or of the JSON report. */
export function printSchema(host: Host, what: "scenario" | "report"): void {
  const scenario = (): string => JSON.stringify(scenarioJsonSchema(kinds), null, 2);
  host.stdout.line(what === "report" ? jsonReportSchemaText().trimEnd() : scenario());
}
