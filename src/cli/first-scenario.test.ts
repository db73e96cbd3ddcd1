import { describe, expect, test } from "vitest";
import { kinds } from "../faults/index.ts";
import type { Plan } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";
import { parseScenario } from "../scenario/parse.ts";
import { type FirstScenario, firstScenarioText } from "./first-scenario.ts";
import { targetOf } from "./first-target.ts";
import { loadStack, NO_CHOICE } from "./load-stack.ts";
import { fakeHost } from "./testing/fake-host.ts";

const { stack } = loadStack(fakeHost().world, {}, NO_CHOICE);
const ALONE: Stack = {
  ...stack,
  replicas: stack.replicas.slice(0, 1).map((replica) => ({
    ...replica,
    restart: { mode: "no", maxRetries: null },
  })),
};

describe("of a stack with several replicas", () => {
  test("it crashes one, then freezes one, and both hold limits that a person can read", () => {
    const plan = planOf(stack, {});
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["crash", "pause"]);
    expect(plan.steps[0]?.target).toMatchObject({ service: "app" });
    expect(plan.abortWhen).toHaveLength(1);
    expect(plan.assertions.map(({ text }) => text)).toContain("main.success >= 99.9%");
  });

  test("what was measured decides rate, timeout and limit", () => {
    const slow = { requests: 100, failed: 0, p50Ms: 700, p99Ms: 900, maxMs: 950 };
    const plan = planOf(stack, { probe: slow });
    expect(plan.traffic[0]).toMatchObject({ rate: 5, timeoutMs: 5000 });
    expect(plan.phases.baselineMs).toBe(24_000);
    expect(plan.assertions.at(-1)?.text).toBe("main.p90 <= 3x baseline or 5s");
    const quick = planOf(stack, { probe: { ...slow, p50Ms: 2, p99Ms: 9, maxMs: 12 } });
    expect(quick.traffic[0]).toMatchObject({ rate: 50, timeoutMs: 1000 });
    expect(quick.assertions.at(-1)?.text).toBe("main.p90 <= 3x baseline or 100ms");
  });
});

describe("of a stack with one replica that nothing restarts", () => {
  test("it is held down for a while, without a freeze that would need another", () => {
    const plan = planOf(ALONE, {});
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["kill"]);
    expect(plan.abortWhen).toEqual([]);
  });
});

test("names and paths that YAML would take for something else are quoted", () => {
  const odd = { name: "it's: #1", compose: "./a b: c.yml", url: "http://balancer/?q=#x" };
  const plan = planOf(stack, odd);
  expect(plan.name).toBe(odd.name);
  expect(plan.stack.compose).toBe("/somewhere/a b: c.yml");
  expect(plan.traffic[0]?.url).toBe(odd.url);
});

function planOf(on: Stack, changes: Partial<FirstScenario>): Plan {
  const entry = on.entry ?? "balancer";
  const scenario: FirstScenario = {
    name: "a first one",
    compose: null,
    entry,
    entryWhy: "x-aegis.entry says so",
    url: "http://balancer/",
    target: targetOf(on, entry),
    probe: null,
    ...changes,
  };
  return parseScenario({
    text: firstScenarioText(scenario),
    file: "chaos.yaml",
    directory: "/somewhere",
    kinds,
    env: {},
    seed: null,
    drawSeed: () => 1,
    readFile: () => "",
    stackOf: () => on,
  });
}
