import { join } from "node:path";
import { expect, test } from "vitest";
import { foresee } from "./foresee.ts";
import { loadPlans } from "./load-plans.ts";
import { fakeHost } from "./testing/fake-host.ts";

const { world } = fakeHost();

test("it tells every injection of a storm, in order, to the replica that ranks first", () => {
  const { plan, loaded } = load("zero-downtime", 42);
  const { injections, missed, chaosMs } = foresee(plan, loaded.stack, 100);
  expect(injections.map(({ injection }) => injection)).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((n) => `storm#${n}`),
  );
  for (const { target, ranking, kind } of injections) {
    expect(kind).toBe("crash");
    expect(target).toBe(ranking[0]);
    expect([...ranking].sort()).toEqual(["app1", "app2", "app3"]);
  }
  const times = injections.map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(chaosMs).toBe(times.at(-1));
  expect(missed).toEqual([]);
});

test("the same seed foresees the same, another seed something else", () => {
  const first = load("zero-downtime", 42);
  const same = load("zero-downtime", 42);
  const other = load("zero-downtime", 43);
  const of = ({ plan, loaded }: typeof first) => foresee(plan, loaded.stack, 100).injections;
  expect(of(same)).toEqual(of(first));
  expect(of(other)).not.toEqual(of(first));
});

test("held harm says when it is undone", () => {
  const { plan, loaded } = load("freeze", 1);
  const [freeze] = foresee(plan, loaded.stack, 100).injections;
  expect(freeze?.untilMs).toBe((freeze?.atMs ?? 0) + 6000);
});

test("no more is worked out than is asked for", () => {
  const { plan, loaded } = load("zero-downtime", 42);
  const { injections, chaosMs } = foresee(plan, loaded.stack, 3);
  expect(injections).toHaveLength(3);
  expect(chaosMs).toBeNull();
});

test("a step that finds no target is told as missed", () => {
  const { plan, loaded } = load("zero-downtime", 42);
  const gone = { ...loaded.stack, replicas: loaded.stack.replicas.slice(0, 1) };
  const { injections, missed } = foresee(plan, gone, 100);
  expect(injections).toEqual([]);
  expect(missed).toEqual([{ step: "storm", why: expect.stringContaining("app") }]);
});

function load(name: string, seed: number) {
  const file = join(world.packageRoot, "scenarios", `${name}.yaml`);
  const [loaded] = loadPlans(world, [file], { seed });
  if (loaded === undefined) throw new Error(`no plan of ${file}`);
  return loaded;
}
