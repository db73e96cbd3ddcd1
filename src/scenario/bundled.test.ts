import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseCompose } from "../compose/parse.ts";
import { kinds as faults } from "../faults/index.ts";
import type { Plan } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";
import { rollout } from "../rollout/kind.ts";
import { parseScenario } from "./parse.ts";
import { Rehearsal } from "./rehearsal.ts";
import { replica } from "./testing.ts";

const kinds = [...faults, rollout];
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FILES = ["scenarios", "fixtures/scenarios"].flatMap((directory) =>
  readdirSync(join(ROOT, directory)).map((name) => join(directory, name)),
);

function load(name: string): { readonly plan: Plan; readonly stack: Stack } {
  const file = join(ROOT, name);
  let stack: Stack | undefined;
  const plan = parseScenario({
    text: readFileSync(file),
    file,
    directory: dirname(file),
    kinds,
    env: {},
    readFile: (path) => readFileSync(path),
    drawSeed: () => 1,
    seed: null,
    stackOf: ({ compose }) => {
      const path = compose ?? join(ROOT, "docker-compose.yml");
      const options = { env: {}, project: "test", profiles: [] };
      const text = readFileSync(path);
      ({ stack } = parseCompose({ text, file: path, directory: dirname(path), ...options }));
      return stack;
    },
  });
  if (stack === undefined) throw new Error("no stack was asked for");
  return { plan, stack };
}

/** Plays it on a stack where all is well and replicas recover in half a second. */
function rehearsed(name: string): Rehearsal {
  const { plan, stack } = load(name);
  const replicas = stack.replicas.map((each) => replica(each.name, each.service));
  const rehearsal = new Rehearsal(plan, replicas).withDelay({ recover: 500_000 });
  rehearsal.start(0);
  rehearsal.until(600_000_000);
  return rehearsal;
}

test.each(FILES)("%s parses, and everything in it happens on a stack that is well", (name) => {
  const rehearsal = rehearsed(name);
  expect(rehearsal.injected().length).toBeGreaterThan(0);
  expect(rehearsal.told().filter((line) => line.includes("not-injected"))).toEqual([]);
  expect(rehearsal.told().at(-1)).toMatch(/done$/);
  expect(load(name).plan.assertions.length).toBeGreaterThan(0);
});

test.each(FILES.filter((name) => name.startsWith("fixtures")))(
  "%s says how it must end",
  (name) => {
    expect(readFileSync(join(ROOT, name), "utf8")).toMatch(/^# expect: exit [136]\n/);
  },
);

test("the storms with and without failover are the same storm", () => {
  const files = [
    "scenarios/zero-downtime.yaml",
    "fixtures/scenarios/zero-downtime-no-failover.yaml",
  ];
  const [on, off] = files.map((file) => ({ ...load(file), told: rehearsed(file).injected() }));
  expect(off?.told).toEqual(on?.told);
  expect(off?.told).toHaveLength(7);
  const balancer = (stack?: Stack) => stack?.replicas.find(({ name }) => name === "balancer");
  expect(balancer(on?.stack)?.environment).toEqual({});
  expect(balancer(off?.stack)?.environment).toEqual({ FAILOVER: "off" });
});

test("the default scenario takes about half a minute", () => {
  const { warmupMs, baselineMs, recoveryMs } = load("scenarios/zero-downtime.yaml").plan.phases;
  const chaosMs = (rehearsed("scenarios/zero-downtime.yaml").log.at(-1)?.at ?? 0) / 1000;
  const seconds = (warmupMs + baselineMs + chaosMs + recoveryMs) / 1000;
  expect(seconds).toBeGreaterThan(15);
  expect(seconds).toBeLessThan(30);
});
