import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Command, CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { kinds } from "../src/cli/kinds.ts";
import { loadStack } from "../src/cli/load-stack.ts";
import { createProgram } from "../src/cli/program.ts";
import { fakeHost } from "../src/cli/testing/fake-host.ts";
import { parseCompose, refusalsForProcesses } from "../src/compose/parse.ts";
import { splitWords } from "../src/compose/words.ts";
import { EXIT_CODES } from "../src/kit/errors.ts";
import { worstExit } from "../src/runner/exit.ts";
import { parseScenario } from "../src/scenario/parse.ts";
import { SCENARIO_PARTS } from "../src/scenario/schema.ts";
import { MEASURES } from "../src/scenario/subjects.ts";
import { ROOT } from "./aegis.ts";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
].map((name) => ({ name, text: readFileSync(join(ROOT, name), "utf8") }));

const pageOf = (name: string): string => PAGES.find((page) => page.name === name)?.text ?? "";

describe("output of commands", () => {
  test("is what they print, but for the numbers", async () => {
    expect(await checkOutput([])).toEqual({ code: 0, problems: "" });
  }, 180_000);

  test("stands in README.md only where it is made by one", () => {
    const unmarked = pageOf("README.md").replaceAll(/<!-- run: [\s\S]*?<!-- end -->/g, "");
    const blocks = [...unmarked.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
    expect(new Set(blocks.map(([, language]) => language))).toEqual(new Set(["console", "yaml"]));
    const typed = blocks.filter(([, language]) => language === "console");
    for (const [, , block = ""] of typed) expect(block).toMatch(/^(\$ .*\n)+$/);
  });

  test("may differ in numbers, in nothing else", async () => {
    const page = (summary: string): string =>
      `<!-- run: aegis chaos kinds wait -->\n\`\`\`console\n$ aegis chaos kinds wait\n${summary}\`\`\`\n<!-- end -->\n`;
    const file = join(mkdtempSync(join(tmpdir(), "aegis-page-")), "page.md");
    try {
      writeFileSync(file, page(""));
      await runScript([file]);
      const written = readFileSync(file, "utf8");
      expect(written).toContain("Do nothing for a while");
      expect((await checkOutput([file])).code).toBe(0);
      writeFileSync(file, written.replace("for: 5s", "for: 6s"));
      expect((await checkOutput([file])).code).toBe(0);
      writeFileSync(file, written.replace("Do nothing", "Do something"));
      const { code, problems } = await checkOutput([file]);
      expect(code).toBe(1);
      expect(problems).toContain("Do nothing for a while");
    } finally {
      rmSync(dirname(file), { recursive: true, force: true });
    }
  });
});

describe("every `$ aegis` line", () => {
  const lines = PAGES.flatMap(({ name, text }) =>
    [...text.matchAll(/(?:^\$|^\s+- (?:run: )?)\s*aegis ([^\n]*)$/gm)].map(
      ([, line = ""]) => [name, line] as const,
    ),
  );

  test("there are some", () => {
    expect(lines.length).toBeGreaterThan(15);
  });

  test.each(lines)("%s: aegis %s", (_page, line) => {
    expect(mistakeIn(line)).toBeNull();
  });

  test("a wrong flag would be found out", () => {
    expect(mistakeIn("chaos run --jnit report.xml")).toContain("--jnit");
  });
});

describe("every YAML block", () => {
  const blocks = PAGES.flatMap(({ name, text }) =>
    [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(
      ([, block = ""], index) => [`${name}, block ${index + 1}`, block] as const,
    ),
  );

  test.each(blocks)("%s is valid", (_place, block) => {
    const data = parseYaml(block);
    if (Array.isArray(data)) expectScenario(`${TRAFFIC}steps:\n${indented(block)}${ASSERT}`);
    else if ("monkey" in data) expectScenario(`${TRAFFIC}${block}${ASSERT}`);
    else if ("services" in data) expectCompose(block);
    else if ("version" in data) expectScenario(block);
    else expect(Object.keys(data)).toSatisfy(([key]) => ["jobs", "resilience"].includes(key));
  });

  test("the scenario in README.md is explained line by line", () => {
    const scenario = blocks.find(([, block]) => /^version: 1/.test(block))?.[1] ?? "";
    const lines = scenario.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((line) => !/ # \S/.test(line))).toEqual([]);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  test("a mistake in one would be found out", () => {
    expect(() => expectScenario(`${TRAFFIC}steps: [{ id: x, do: crsh }]\n${ASSERT}`)).toThrow(
      'did you mean "crash"',
    );
  });

  test("there is a scenario with every key of the language, and the tables name them all", () => {
    const page = pageOf("docs/scenarios.md");
    const whole = blocks.find(([, block]) => block.includes("name: every key"))?.[1] ?? "";
    const used = new Set(keysIn(parseYaml(whole)));
    const elsewhere = ["use", "monkey", "ca"];
    expect(Object.keys(SCENARIO_PARTS).filter((key) => !used.has(key))).toEqual(["use", "monkey"]);
    for (const key of [...used, ...elsewhere]) expect(page, key).toContain(key);
    for (const { name } of kinds) expect(page).toContain(`do: ${name}`);
    for (const name of MEASURES) expect(page).toContain(`\`${name.replace(/\..*t$/, ".CLASS")}\``);
  });
});

describe("exit codes", () => {
  const known = [0, 1, 70, 143, ...Object.values(EXIT_CODES)].sort((a, b) => a - b);

  test.each(["README.md", "docs/ci.md"])("the table in %s has those of the code", (name) => {
    const rows = [...pageOf(name).matchAll(/^\| (\d+(?:, \d+)*) \|/gm)];
    const told = rows.flatMap(([, codes = ""]) => codes.split(", ").map(Number));
    expect(told).toEqual([...new Set(known)]);
  });

  test.each(["README.md", "docs/ci.md"])("the order in %s is the one that is used", (name) => {
    const list = /the first of ([\d, ]+\d) is taken/.exec(pageOf(name).replaceAll("\n", " "))?.[1];
    const order = (list ?? "").split(", ").map(Number);
    expect([...order].sort((a, b) => a - b)).toEqual([...new Set(known)]);
    for (const [place, code] of order.entries()) {
      expect(worstExit([...order.slice(place)].reverse())).toBe(code);
    }
  });
});

test("every link to a file leads somewhere", () => {
  const links = PAGES.flatMap(({ name, text }) =>
    [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, to = ""]) => ({
      name,
      path: resolve(ROOT, dirname(name), to),
    })),
  );
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter(({ path }) => !existsSync(path))).toEqual([]);
});

const TRAFFIC =
  "version: 1\nname: part\ntraffic: { main: { url: http://balancer/, rate: 50/s } }\n";
const ASSERT = "assert: [main.failed == 0]\n";

/** As if it lay among the fixtures, whose paths the examples use. */
function expectScenario(text: string): void {
  const { world } = fakeHost();
  const plan = parseScenario({
    text,
    file: "example.yaml",
    directory: join(ROOT, "fixtures", "scenarios"),
    kinds,
    env: {},
    seed: 1,
    drawSeed: world.drawSeed,
    readFile: (path) => readFileSync(path),
    stackOf: (choice) => loadStack(world, {}, choice).stack,
  });
  expect(plan.assertions.length).toBeGreaterThan(0);
}

function expectCompose(text: string): void {
  const parsed = parseCompose({
    text,
    file: "/stack/compose.yml",
    directory: "/stack",
    env: {},
    project: null,
    profiles: [],
  });
  expect(parsed.stack.replicas.every(({ process }) => process !== null)).toBe(true);
  expect(refusalsForProcesses(parsed)).toEqual([]);
}

function indented(block: string): string {
  return block.replaceAll(/^/gm, "  ").trimEnd().concat("\n");
}

function keysIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(keysIn)];
}

/** What commander has against a command line; null: nothing. Nothing is carried out. */
function mistakeIn(line: string): string | null {
  const program = createProgram(fakeHost());
  for (const command of leavesOf(program)) command.action(() => {});
  const words = splitWords(line.split(/ (?:&&|>|\|) /)[0] as string);
  if (!Array.isArray(words)) return words.message;
  try {
    program.parse(words, { from: "user" });
    return null;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 ? null : thrown.message;
  }
}

function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

function checkOutput(files: readonly string[]): Promise<{ code: number; problems: string }> {
  return runScript(["--check", ...files]);
}

function runScript(args: readonly string[]): Promise<{ code: number; problems: string }> {
  return new Promise((done) => {
    const script = join(ROOT, "scripts", "readme-output.js");
    execFile(process.execPath, [script, ...args], (error, _stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), problems: stderr }),
    );
  });
}
