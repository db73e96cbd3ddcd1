import { z } from "zod";
import type { Json } from "../kit/world.ts";
import type { StepKind } from "../model/kind.ts";
import { scenarioSchema } from "./schema.ts";

/** The JSON Schema of scenario files for editors, from the same source that parses them; `with:` by the kind under `do:`. */
export function scenarioJsonSchema(kinds: readonly StepKind[]): Json {
  const schema = toJson(scenarioSchema);
  const step = at(schema, "properties", "steps", "items");
  const properties = at(step, "properties");
  const rules = kinds.map((kind) => ({
    if: { properties: { do: { const: kind.name } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { with: inner(kind.params) } },
  }));
  return {
    ...schema,
    $id: "https://aegis-chaos.dev/scenario.schema.json",
    title: "aegis scenario",
    properties: {
      ...at(schema, "properties"),
      steps: {
        ...at(schema, "properties", "steps"),
        items: {
          ...step,
          properties: {
            ...properties,
            do: {
              type: "string",
              oneOf: kinds.map(({ name, summary }) => ({ const: name, description: summary })),
            },
          },
          allOf: rules,
        },
      },
    },
  } as unknown as Json;
}

type JsonObject = Readonly<Record<string, unknown>>;

function toJson(schema: z.ZodType): JsonObject {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonObject;
}

function inner(schema: z.ZodType): JsonObject {
  const { $schema: _, ...rest } = toJson(schema);
  return rest;
}

function at(value: JsonObject, ...path: readonly string[]): JsonObject {
  return path.reduce<JsonObject>((object, key) => object[key] as JsonObject, value);
}
