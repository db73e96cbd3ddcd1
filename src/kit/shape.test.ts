import { expect, test } from "vitest";
import { z } from "zod";
import { formatProblem, ProblemsError } from "./problem.ts";
import { ProblemList } from "./problem-list.ts";
import { checkShape } from "./shape.ts";
import { readYaml } from "./source.ts";

const SCHEMA = z.strictObject({
  name: z.string(),
  rate: z
    .string({ error: ({ input }) => `expected a rate such as 200/s, got ${input}` })
    .optional(),
  mode: z.enum(["fast", "slow"]).optional(),
  count: z.int().min(1).optional(),
  deep: z.strictObject({ service: z.string(), pick: z.number().optional() }).optional(),
  either: z.union([z.number(), z.strictObject({ from: z.number(), to: z.number() })]).optional(),
  named: z.record(z.string().regex(/^[a-z]+$/), z.strictObject({ url: z.string() })).optional(),
  items: z.array(z.string()).optional(),
  even: z
    .number()
    .refine((value) => value % 2 === 0, {
      error: "expected an even number",
      params: { hint: "add 1" },
    })
    .optional(),
});

function problemsOf(text: string): string[] {
  const problems = new ProblemList();
  checkShape(readYaml(text, "f"), SCHEMA, problems);
  try {
    problems.throwIfAny();
    return [];
  } catch (thrown) {
    return (thrown as ProblemsError).problems.map(formatProblem);
  }
}

test("what fits is returned and no problem", () => {
  const problems = new ProblemList();
  expect(checkShape(readYaml("name: x\n", "f"), SCHEMA, problems)).toEqual({ name: "x" });
  expect(() => problems.throwIfAny()).not.toThrow();
});

test.each<[string, string[]]>([
  ["name: x\nmdoe: fast\n", ['f:2:1: mdoe: unknown key; did you mean "mode"?']],
  ["nmae: x\n", ['f:1:1: nmae: unknown key; did you mean "name"?']],
  ["name: 5\n", ["f:1:7: name: expected a text, got 5"]],
  ["name:\n", ["f:1:6: name: expected a text, got nothing"]],
  ["rate: 200/s\n", ['f:1:1: "name" is missing; add "name:"']],
  ["name: x\nrate: 5\n", ["f:2:7: rate: expected a rate such as 200/s, got 5"]],
  [
    "name: x\nmode: fsat\n",
    ['f:2:7: mode: expected "fast" or "slow", got "fsat"; did you mean "fast"?'],
  ],
  ["name: x\ncount: 0\n", ["f:2:8: count: expected at least 1, got 0"]],
  ["name: x\ncount: 1.5\n", ["f:2:8: count: expected a whole number, got 1.5"]],
  ["name: x\ndeep:\n  pick: 1\n", ['f:2:1: deep: "service" is missing; add "service:"']],
  ["name: x\ndeep: {}\n", ['f:2:1: deep: "service" is missing; add "service:"']],
  [
    "name: x\ndeep:\n  service: app\n  pikc: 1\n",
    ['f:4:3: deep.pikc: unknown key; did you mean "pick"?'],
  ],
  [
    "name: x\neither: { from: 1, too: 2 }\n",
    ['f:2:20: either.too: unknown key; did you mean "to"?'],
  ],
  ["name: x\neither: yes\n", ['f:2:9: either: expected a number or a map (key: value), got "yes"']],
  ["name: x\nitems: [a, 2]\n", ["f:2:12: items[1]: expected a text, got 2"]],
  ["name: x\nnamed: { A1: { url: x } }\n", ['f:2:10: named.A1: not a possible name: "A1"']],
  ["name: x\neven: 3\n", ["f:2:7: even: expected an even number; add 1"]],
  ["", ["f:1:1: expected a map (key: value), got nothing"]],
  ["- a\n", ["f:1:1: expected a map (key: value), got a list"]],
])("%j", (text, expected) => expect(problemsOf(text)).toEqual(expected));

test("all problems come at once, in order of appearance", () => {
  expect(problemsOf("rate: 5\nmdoe: fast\ncount: x\n")).toHaveLength(4);
});

test("a part of a file is checked with its path", () => {
  const problems = new ProblemList();
  const source = readYaml("with:\n  pikc: 1\n  service: a\n", "f");
  checkShape(source, z.strictObject({ service: z.string(), pick: z.int().optional() }), problems, [
    "with",
  ]);
  expect(() => problems.throwIfAny()).toThrow(
    new ProblemsError([
      {
        file: "f",
        line: 2,
        column: 3,
        path: "with.pikc",
        message: "unknown key",
        hint: 'did you mean "pick"?',
      },
    ]),
  );
});
