import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readYaml } from "../kit/source.ts";
import { MINIMAL, problemsOf, STACK, spec } from "./testing.ts";

interface Case {
  readonly name: string;
  readonly steps?: readonly string[];
  readonly step?: string;
  readonly change?: readonly [string, string];
  readonly append?: string;
  readonly line: number;
  readonly message: string;
  readonly hint: string;
  /** How many problems there are; 1 unless told. */
  readonly problems?: number;
}

const HIT = "  - { id: hit, do: crash, target: { service: app }, at: 0s }\n";
const FILE = new URL("../../fixtures/mistakes/rules.yaml", import.meta.url);
const CASES = readYaml(readFileSync(FILE), "rules.yaml").data as readonly Case[];

function textOf({ steps, step, change, append }: Case): string {
  const written = steps?.map((each) => `  - { ${each} }\n`).join("") ?? HIT;
  const more = step === undefined ? "" : `  - { ${step} }\n`;
  const text = MINIMAL.replace(HIT, () => written + more);
  const changed = change === undefined ? text : text.replace(change[0], () => change[1]);
  return `${changed}${append === undefined ? "" : `${append}\n`}`;
}

describe("what a scenario cannot mean is refused at its line, with what to do", () => {
  test.each(CASES)("$name", (each) => {
    const problems = problemsOf(textOf(each));
    expect(problems).toHaveLength(each.problems ?? 1);
    const [problem] = problems;
    expect(problem?.message).toContain(each.message);
    expect(problem?.hint).toContain(each.hint);
    expect(problem?.line).toBe(each.line);
  });
});

describe("what only looks like a mistake is none", () => {
  const withStep = (step: string, append = ""): string =>
    textOf({ name: "", step, append, line: 0, message: "", hint: "" });

  test("the minimal scenario that all cases change", () => expect(problemsOf(MINIMAL)).toEqual([]));

  test("a percentile that has its samples, or whose window nobody knows yet", () => {
    const pause = "id: b, do: pause, target: { service: app }, for: 5s";
    for (const line of ["p99 during b <= 1s", "p99.9 during hit <= 1s", "p99 in recovery <= 1s"]) {
      expect(problemsOf(withStep(pause, `  - ${line}`))).toEqual([]);
    }
  });

  test("all but one in a limit of one, one by one", () => {
    const step = "id: b, do: crash, target: { service: app, pick: all-but-1, one-by-one: true }";
    expect(problemsOf(withStep(step, "limits: { down: 1 }"))).toEqual([]);
  });

  test("a service that a user's stack calls like a word of the language", () => {
    const stackOf = () => ({ ...STACK, replicas: [...STACK.replicas, spec("errors", "errors")] });
    expect(problemsOf(MINIMAL, { stackOf })).toEqual([]);
  });

  test("a host that is no service, nor near one", () => {
    const text = MINIMAL.replace("http://balancer/", "https://example.com:8443/x?y=1");
    expect(problemsOf(text)).toEqual([]);
  });

  test("until a step that comes later", () => {
    const steps = ["id: a, do: wait, until: b ended", "id: b, do: wait, for: 1s"];
    expect(problemsOf(textOf({ name: "", steps, line: 0, message: "", hint: "" }))).toEqual([]);
  });
});
