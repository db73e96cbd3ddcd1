import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseCompose } from "../compose/parse.ts";
import { kinds } from "../faults/index.ts";
import type { Plan } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";
import { parseScenario } from "./parse.ts";
import { preview } from "./preview.ts";

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

test.each(FILES)("%s parses, and its preview says whom it harms", (name) => {
  const { plan, stack } = load(name);
  expect(plan.assertions.length).toBeGreaterThan(0);
  for (const row of preview(plan, stack).rows) {
    expect(row.occurrences.length).toBeGreaterThan(0);
    for (const { ranking, wanted } of row.occurrences) {
      expect(ranking.length).toBeGreaterThanOrEqual(wanted);
    }
  }
});

test.each(FILES.filter((name) => name.startsWith("fixtures")))(
  "%s says how it must end",
  (name) => {
    expect(readFileSync(join(ROOT, name), "utf8")).toMatch(/^# expect: exit [136]\n/);
  },
);

test("the storms with and without failover are the same storm", () => {
  const [on, off] = [
    "scenarios/zero-downtime.yaml",
    "fixtures/scenarios/zero-downtime-no-failover.yaml",
  ].map(load);
  expect(off?.plan.seed).toBe(on?.plan.seed);
  expect(preview(off?.plan as Plan, off?.stack as Stack)).toEqual(
    preview(on?.plan as Plan, on?.stack as Stack),
  );
  const balancer = (stack?: Stack) =>
    stack?.replicas.find(({ name }) => name === "balancer")?.environment;
  expect([balancer(on?.stack), balancer(off?.stack)]).toEqual([{}, { FAILOVER: "off" }]);
});

test("the default scenario takes about half a minute", () => {
  const { plan, stack } = load("scenarios/zero-downtime.yaml");
  const { leastMs } = preview(plan, stack);
  expect(leastMs).toBeGreaterThan(15_000);
  expect(leastMs).toBeLessThan(30_000);
});
