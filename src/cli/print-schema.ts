import { z } from "zod";
import { jsonReportSchemaText } from "../report/json-schema.ts";
import { scenarioSchema } from "../scenario/schema.ts";
import type { Host } from "./host.ts";

/** JSON Schema (draft 2020-12): of scenario files as people write them, or of the JSON report. */
export function printSchema(host: Host, what: "scenario" | "report"): void {
  host.stdout.line((what === "report" ? jsonReportSchemaText() : scenarioSchemaText()).trimEnd());
}

function scenarioSchemaText(): string {
  const schema = z.toJSONSchema(scenarioSchema, { io: "input", unrepresentable: "any" });
  return JSON.stringify({ title: "aegis scenario", ...schema }, null, 2);
}
