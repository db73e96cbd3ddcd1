import { z } from "zod";
import { AegisError } from "../kit/errors.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { Json } from "../kit/world.ts";
import type { StepKind } from "../model/kind.ts";
import { factLines, type Paper } from "../report/paper.ts";
import type { Host } from "./host.ts";
import { kinds } from "./kinds.ts";
import { paperOf } from "./terminal-paper.ts";

/** What a step can do, with everything that a scenario may say about it. */
export function listKinds(
  host: Host,
  names: readonly string[],
  { json }: { readonly json: boolean },
): void {
  const shown = names.length === 0 ? kinds : names.map(kindNamed);
  if (json) {
    host.stdout.line(JSON.stringify(shown.map(describe), null, 2));
    return;
  }
  const paper = paperOf(host);
  for (const [index, kind] of shown.entries()) {
    if (index > 0) host.stdout.line("");
    for (const line of linesOf(paper, kind)) host.stdout.line(line);
  }
}

function kindNamed(name: string): StepKind {
  const kind = kinds.find((each) => each.name === name);
  if (kind !== undefined) return kind;
  throw new AegisError("INVALID_INPUT", `there is no kind "${name}"`, {
    hint: didYouMean(
      name,
      kinds.map((each) => each.name),
    ),
  });
}

function describe(kind: StepKind) {
  const { name, summary, role, needs, staged, held, targeted, outcomes, example } = kind;
  const lasting = { staged, held, targeted };
  return { name, summary, role, needs, ...lasting, outcomes, params: schemaOf(kind), example };
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, ParameterSchema>>;
  readonly required?: readonly string[];
}

interface ParameterSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly anyOf?: readonly ParameterSchema[];
}

function schemaOf({ params }: StepKind): ObjectSchema {
  return z.toJSONSchema(params, { io: "input", unrepresentable: "any" }) as ObjectSchema;
}

function linesOf(paper: Paper, kind: StepKind): string[] {
  const { name, summary, needs, targeted, outcomes, example } = kind;
  const facts = [
    lastingOf(kind),
    targeted ? "" : "no target",
    needs.length > 0 ? `needs ${needs.join(", ")}` : "",
    `outcomes: ${outcomes.join(", ")}, not-injected`,
  ].filter((fact) => fact !== "");
  const { properties = {}, required = [] } = schemaOf(kind);
  const parameters = Object.entries(properties).map(([key, schema]) =>
    parameterText(key, schema, required.includes(key)),
  );
  return [
    ...paper.heading(name),
    ...paper.paragraph("plain", summary, 2),
    ...factLines(paper, facts, 2),
    ...parameters.flatMap((text) => paper.item("plain", paper.signs.dot, text)),
    ...paper.paragraph("dim", `example: ${exampleOf(kind, example)}`, 2),
  ];
}

function lastingOf({ staged, held, holds, params, example }: StepKind): string {
  if (staged) return "lasts until it has come to an end";
  if (held) return "held: lasts for: or until:";
  return holds(params.parse(example) as Json) ? "held or instant, by its parameters" : "instant";
}

function parameterText(key: string, schema: ParameterSchema, required: boolean): string {
  const types = [schema.type, ...(schema.anyOf ?? []).map(({ type }) => type)].filter(Boolean);
  const fallback =
    schema.default === undefined ? "" : `, default ${JSON.stringify(schema.default)}`;
  const kind = `${types.join(" or ")}${required ? ", required" : fallback}`;
  return `${key} (${kind})${schema.description === undefined ? "" : `: ${schema.description}`}`;
}

/** As one line of a scenario. */
function exampleOf(kind: StepKind, example: Json): string {
  const { name, staged, targeted } = kind;
  const target = staged ? "{ service: app }" : "{ service: app, pick: 1 }";
  const params = kind.params.parse(example) as Json;
  const given = Object.keys(Object(example)).length > 0;
  const parts = [
    `id: my-${name}`,
    `do: ${name}`,
    ...(targeted ? [`target: ${target}`] : []),
    ...(kind.holds(params) ? ["for: 5s"] : []),
    ...(given ? [`with: ${flow(example)}`] : []),
    ...(kind.irreversible(params) ? ["irreversible: true"] : []),
  ];
  return `{ ${parts.join(", ")} }`;
}

/** JSON in YAML's flow style, which needs no quotes around keys. */
function flow(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  return `{ ${entries.map(([key, each]) => `${key}: ${flow(each)}`).join(", ")} }`;
}
