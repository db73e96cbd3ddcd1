import { describe, expect, test } from "vitest";
import type { Plan } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";
import { parseScenario } from "../scenario/parse.ts";
import { type FirstScenario, firstScenarioText } from "./first-scenario.ts";
import { targetOf } from "./first-target.ts";
import { kinds } from "./kinds.ts";
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

describe("of a stack that does not say when it is ready", () => {
  const untold: Stack = {
    ...stack,
    replicas: stack.replicas.map((replica) => ({
      ...replica,
      ready: "running",
      readyUntold: true,
      identify: { replica: null, version: null },
    })),
  };

  test("what its recovery rests on is said, and the line that would tell more", () => {
    expect(planOf(untold, {}).assertions.map(({ text }) => text)).toContain(
      "recovery of every step <= 30s",
    );
    const target = targetOf(untold, "balancer");
    expect(firstScenarioText({ ...FIRST, target })).toContain("x-aegis: { ready: /path }");
    expect(firstScenarioText(FIRST)).not.toContain("x-aegis: { ready: /path }");
  });
});

test("what others only wait for to end is not harmed", () => {
  const [one, ...rest] = stack.replicas;
  const job = { ...(one as (typeof stack.replicas)[number]), name: "job", service: "job" };
  const waiting = rest.map((each) => ({
    ...each,
    dependsOn: [{ on: "job", condition: "completed" as const }],
  }));
  const alone = { ...stack, replicas: [job, ...waiting.slice(0, 1)] };
  expect(targetOf(alone, "app").service).toBe("app");
});

test("names and paths that YAML would take for something else are quoted", () => {
  const odd = {
    name: "it's: #1",
    stack: { compose: "./a b: c.yml", project: "1-x", profiles: ["a: b"], engine: "process" },
    url: "http://balancer/?q=#x",
  };
  const plan = planOf(stack, odd);
  expect(plan.name).toBe(odd.name);
  expect(plan.stack).toEqual({ ...odd.stack, compose: "/somewhere/a b: c.yml" });
  expect(plan.traffic[0]?.url).toBe(odd.url);
});

const FIRST: FirstScenario = {
  name: "a first one",
  stack: {},
  entry: "balancer",
  entryWhy: "x-aegis.entry says so",
  url: "http://balancer/",
  target: targetOf(stack, "balancer"),
  probe: null,
};

function planOf(on: Stack, changes: Partial<FirstScenario>): Plan {
  const target = targetOf(on, on.entry ?? "balancer");
  const scenario: FirstScenario = { ...FIRST, target, ...changes };
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
