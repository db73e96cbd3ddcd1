import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseCompose } from "../compose/parse.ts";
import { kinds } from "../faults/index.ts";
import { EXIT_CODES } from "../kit/errors.ts";
import { formatProblem, type Problem, ProblemsError } from "../kit/problem.ts";
import { readYaml } from "../kit/source.ts";
import { type ParseOptions, parseScenario } from "./parse.ts";

interface Mistake {
  readonly find: string;
  readonly replace: string;
  readonly says: string;
  /** Lines below (or above) what was found; 0 unless told. */
  readonly line?: number;
  readonly replaceAlso?: readonly [string, string];
}

const read = (name: string): Buffer =>
  readFileSync(new URL(`../../fixtures/mistakes/${name}`, import.meta.url));
const cases = (name: string): readonly Mistake[] => readYaml(read(name), name).data as Mistake[];
const SCENARIO = read("valid.yaml").toString();
const COMPOSE = read("compose.yml").toString();

/** Parses both files, as every command does before it touches anything. */
function problemsOf(
  scenario: Uint8Array | string,
  compose: Uint8Array | string,
): readonly Problem[] {
  const options: ParseOptions = {
    text: scenario,
    file: "s.yaml",
    directory: "/x",
    kinds,
    env: { TOKEN: "t" },
    readFile: () => "-----BEGIN CERTIFICATE-----",
    drawSeed: () => 1,
    seed: null,
    stackOf: ({ project, profiles }) => {
      const file = { text: compose, file: "c.yml", directory: "/x", env: {}, project, profiles };
      return parseCompose(file).stack;
    },
  };
  try {
    parseScenario(options);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ProblemsError)) throw thrown;
    expect(EXIT_CODES[thrown.code]).toBe(2);
    return thrown.problems;
  }
}

function mutate(text: string, { find, replace, replaceAlso }: Mistake): string {
  expect(text).toContain(find);
  const mutated = text.replace(find, () => replace);
  return replaceAlso === undefined
    ? mutated
    : mutated.replace(replaceAlso[0], () => replaceAlso[1]);
}

function lineOf(text: string, { find, line = 0 }: Mistake): number {
  return text.slice(0, text.indexOf(find)).split("\n").length + line;
}

/** Is there a problem on that line, and does one there say what would mend it? */
function judge(
  problems: readonly Problem[],
  file: string,
  line: number,
  says: string,
): { readonly line: boolean; readonly hint: boolean; readonly told: string } {
  expect(problems).not.toEqual([]);
  const there = problems.filter((problem) => problem.file === file && problem.line === line);
  const hint = there.some((problem) => formatProblem(problem).includes(says));
  const told = `no "${says}" at ${file}:${line} in\n${problems.map(formatProblem).join("\n")}`;
  return { line: there.length > 0, hint, told };
}

function expectTold(...given: Parameters<typeof judge>): void {
  const { hint, told } = judge(...given);
  if (!hint) expect.fail(told);
}

test("both files are fine without a mistake", () => {
  expect(problemsOf(SCENARIO, COMPOSE).map(formatProblem)).toEqual([]);
});

describe("in a scenario", () => {
  test.each(cases("scenario.yaml"))("$find -> $replace", (mistake) => {
    const problems = problemsOf(mutate(SCENARIO, mistake), COMPOSE);
    expectTold(problems, "s.yaml", lineOf(SCENARIO, mistake), mistake.says);
  });
});

describe("in a compose file", () => {
  const all = cases("compose-cases.yaml");
  const judged = all.map((mistake) => {
    const problems = problemsOf(SCENARIO, mutate(COMPOSE, mistake));
    return judge(problems, "c.yml", lineOf(COMPOSE, mistake), mistake.says);
  });
  const missed = judged.filter(({ hint }) => !hint).map(({ told }) => told);

  test.each(all.map((mistake, index) => ({ ...mistake, ...judged[index] })))(
    "$find -> $replace is told at its line",
    ({ line, told }) => {
      if (!line) expect.fail(told);
    },
  );

  test("nine times in ten with what would mend it", () => {
    if (missed.length > all.length / 10) expect.fail(missed.join("\n\n"));
    expect(all.length).toBeGreaterThan(25);
  });
});

describe("a typo of every key of a scenario", () => {
  const names = new Set(["main", "orders", "authorization"]);
  const keys = [...SCENARIO.matchAll(/(?<=^|[\s{-])([a-z-]+):(?= |\n)/gm)]
    .filter(([, key]) => !names.has(key as string))
    .map((match) => ({ key: match[1] as string, at: match.index }));

  test("the valid file has them all", () =>
    expect(new Set(keys.map(({ key }) => key)).size).toBeGreaterThan(45));

  test.each(keys)("$key at $at", ({ key, at }) => {
    const typo = `${key.slice(0, -1)}${key.at(-1)}${key.at(-1)}`;
    const text = SCENARIO.slice(0, at) + typo + SCENARIO.slice(at + key.length);
    const line = SCENARIO.slice(0, at).split("\n").length;
    expectTold(problemsOf(text, COMPOSE), "s.yaml", line, `did you mean "${key}"?`);
  });
});

describe("files that are no YAML of ours, either of them", () => {
  const utf16 = new Uint8Array(Buffer.from(`\uFEFF${SCENARIO}`, "utf16le"));
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefgh"].map((n, i) => `${n}: &${n} [${Array(9).fill(`*${"abcdefg"[i]}`).join(",")}]`).join("\n")}\n`;
  test.each<[string, Uint8Array | string, number, string]>([
    ["UTF-16", utf16, 1, "UTF-16 (LE)"],
    ["50 MB", `${SCENARIO}#${"x".repeat(50e6)}`, 1, "at most 1 MiB"],
    ["an alias bomb", bomb, 5, "write out"],
    ["binary", new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 1, 1, 0, 0, 0]), 1, "control character"],
    ["a list", "- a\n- b\n", 1, "expected a map"],
    ["nothing", "", 1, "expected a map"],
  ])("%s", (_name, bytes, line, says) => {
    expectTold(problemsOf(bytes, COMPOSE), "s.yaml", line, says);
    expectTold(problemsOf(SCENARIO, bytes), "c.yml", line, says);
  });
});
