import { expect, test } from "vitest";
import { z } from "zod";
import { fileSchema, serviceSchema } from "./schema.ts";
import { problemsOf } from "./testing/compose-text.ts";

/** A part of a JSON Schema, as far as it says which keys there are. */
interface Part {
  readonly properties?: Readonly<Record<string, Part>>;
  readonly additionalProperties?: Part | boolean;
  readonly anyOf?: readonly Part[];
}

/** Each key that a map may have, with those it stands under; `some` where people choose the name. */
function pathsOf(part: Part): readonly (readonly string[])[] {
  const below = (key: string, child: Part) => pathsOf(child).map((path) => [key, ...path]);
  const { properties = {}, additionalProperties: rest, anyOf = [] } = part;
  return [
    ...Object.entries(properties).flatMap(([key, child]) => [[key], ...below(key, child)]),
    ...(typeof rest === "object" ? below("some", rest) : []),
    ...anyOf.flatMap(pathsOf),
  ];
}

const keysOf = (schema: z.ZodType): readonly (readonly string[])[] =>
  pathsOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Part);

const PATHS = [
  ...keysOf(fileSchema),
  ...keysOf(serviceSchema).map((path) => ["services", "web", ...path]),
];

/** A file in which each key of the path has a line of its own, below two lines that are fine. */
const fileWith = (path: readonly string[]): string =>
  `# a comment\nversion: "3"\n${path.map((key, depth) => `${"  ".repeat(depth)}${key}:\n`).join("")}`;

test.each(PATHS.map((path) => [path.join("."), path] as const))(
  "a typo of %s is told at its line, with what was meant",
  (_, path) => {
    const key = path.at(-1) as string;
    const typo = [...path.slice(0, -1), `${key}${key.at(-1)}`];
    const problems = problemsOf(fileWith(typo));
    const line = 2 + path.length;
    const column = 1 + 2 * (path.length - 1);
    expect(problems).toContain(
      `c.yml:${line}:${column}: ${typo.join(".")}: unknown key; did you mean "${key}"?`,
    );
  },
);

test("every map that has keys of its own was among them", () => {
  const maps = new Set(PATHS.map((path) => path.slice(0, -1).join(".")));
  expect([...maps].sort()).toEqual([
    "",
    "services.web",
    "services.web.depends_on.some",
    "services.web.deploy",
    "services.web.env_file",
    "services.web.extends",
    "services.web.healthcheck",
    "services.web.x-aegis",
    "services.web.x-aegis.identify",
    "services.web.x-aegis.process",
    "services.web.x-aegis.versions.some",
    "services.web.x-aegis.versions.some.build",
    "services.web.x-aegis.versions.some.process",
  ]);
  expect(PATHS.length).toBeGreaterThan(120);
});
