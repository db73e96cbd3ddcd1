import { copyFileSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadPlans, type PlanFlags } from "../load-plans.ts";
import { loadStack, NO_CHOICE } from "../load-stack.ts";
import { createProgram } from "../program.ts";
import { type MonkeyFlags, monkeyPlan } from "../run-monkey.ts";
import { fakeHost } from "../testing/fake-host.ts";
import { allExamples, argumentsOf, type Given, givenBy } from "../testing/help-examples.ts";
import { namesOf, typedAssertions } from "../typed-assertions.ts";

/** A directory with what examples take for granted: a scenario, a compose file. */
const cwd = mkdtempSync(join(tmpdir(), "aegis-examples-"));
const { packageRoot } = fakeHost().world;
symlinkSync(join(packageRoot, "scenarios"), join(cwd, "scenarios"));
copyFileSync(join(packageRoot, "docker-compose.yml"), join(cwd, "docker-compose.yml"));
copyFileSync(join(packageRoot, "scenarios", "crash-one.yaml"), join(cwd, "my-scenario.yaml"));
afterAll(() => rmSync(cwd, { recursive: true }));

/** Commands that need no stack: what is shown is carried out. */
const STACKLESS = [
  "chaos plan",
  "chaos validate",
  "chaos list",
  "chaos kinds",
  "schema",
  "completion",
];
/** What stands in the place of a project of the reader's. */
const THEIRS = "shop";

const lines = [...new Set(allExamples().map(({ line }) => line))];
const isStackless = (line: string): boolean => STACKLESS.includes(givenBy(line).path);

describe("what an example of a help shows is done", () => {
  const shown = lines.filter(isStackless);

  test.each(shown)("%s", async (line) => {
    expect(await carriedOut(argumentsOf(line))).toMatch(/\S/);
  });

  test("of every command that needs no stack", () => {
    expect([...new Set(shown.map((line) => givenBy(line).path))].sort()).toEqual(
      [...STACKLESS].sort(),
    );
  });
});

describe("what an example names is there", () => {
  test.each(lines.filter((line) => !isStackless(line)))("%s", (line) =>
    expect(() => checkValues(givenBy(line))).not.toThrow(),
  );

  test.each([
    ["$ aegis chaos run crash-on", "crash-on"],
    ["$ aegis chaos run freeze --engine proces", "proces"],
    ["$ aegis chaos run freeze --compose compose.yaml", "compose.yaml"],
    ["$ aegis chaos monkey --kinds crash,puase", "puase"],
    ["$ aegis chaos monkey --service ap", '"ap"'],
    ['$ aegis chaos monkey --assert "sucess >= 99.9%"', "sucess"],
    ['$ aegis monitor --assert "p99 <= 200"', "a duration"],
    ['$ aegis rollout app --to v2 --assert "faled == 0"', "faled"],
    ["$ aegis rollout ap --to v2", "ap"],
    ["$ aegis rollout app --to v9", "v9"],
    ["$ aegis logs app4", "app4"],
  ])("%s would be found out", (line, said) => {
    expect(() => checkValues(givenBy(line))).toThrow(said);
  });

  test("a wrong one would be found out where it is carried out, too", async () => {
    await expect(carriedOut(["chaos", "kinds", "exce"])).rejects.toThrow("exce");
    await expect(carriedOut(["chaos", "plan", "crash-on"])).rejects.toThrow("crash-on");
  });
});

/** What is printed, patterns filled in as a shell would. */
async function carriedOut(args: readonly string[]): Promise<string> {
  const host = fakeHost({ cwd });
  const words = args.flatMap((word) =>
    word === "scenarios/*.yaml"
      ? readdirSync(join(cwd, "scenarios")).map((name) => `scenarios/${name}`)
      : word,
  );
  await createProgram(host).parseAsync(words, { from: "user" });
  expect(host.exitCode).toBe(0);
  return host.out.join("");
}

/** Reads what is named as the command would before it begins. Throws where there is no such thing. */
function checkValues({ path, argv, options }: Given): void {
  const host = fakeHost({ cwd });
  const flags = options as PlanFlags & {
    readonly assert?: readonly string[];
    readonly to?: string;
  };
  const { stack } = loadStack(host.world, flags, NO_CHOICE);
  const step = { outcomes: [], targeted: true };
  typedAssertions(flags.assert ?? [], namesOf(stack, "update", step));
  if (path === "chaos run") loadPlans(host.world, argv, flags);
  if (path === "chaos monkey") monkeyPlan(host, stack, options as unknown as MonkeyFlags);
  if (!["logs", "rollout"].includes(path) || flags.project === THEIRS) return;
  const names = stack.replicas.flatMap(({ name, service }) => [name, service]);
  const versions = stack.replicas.flatMap((replica) => Object.keys(replica.versions));
  expect(names).toEqual(expect.arrayContaining([...argv]));
  if (flags.to !== undefined) expect(versions).toContain(flags.to);
}
