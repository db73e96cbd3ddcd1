import { expect, test } from "vitest";
import type { Plan, StepPlan } from "../model/plan.ts";
import { mainTraffic, measuringPlan } from "./generated-plan.ts";
import { guardOf } from "./guard-of.ts";
import type { Host } from "./host.ts";
import { fakeHost } from "./testing/fake-host.ts";

const plan = measuringPlan(fakeHost().world, {
  name: "p",
  traffic: mainTraffic({ url: "http://app/", rate: 1, timeoutMs: 1 }),
  ms: 1,
});
const step = { target: { by: "replica", replica: "app1" } } as StepPlan;
const harmful: Plan = { ...plan, steps: [step] };
const waiting: Plan = { ...plan, steps: [{ ...step, target: null }] };

function hostWith(argv: readonly string[], allow?: string): Host {
  const host = fakeHost();
  const env = allow === undefined ? {} : { AEGIS_ALLOW: allow };
  return { ...host, argv, world: { ...host.world, env } };
}

test("one plan that acts on a replica is enough to harm", () => {
  expect(guardOf(hostWith([]), [plan, waiting]).harms).toBe(false);
  expect(guardOf(hostWith([]), [plan, harmful]).harms).toBe(true);
});

test.each([
  [undefined, undefined, []],
  [["shop"], undefined, ["shop"]],
  [undefined, "shop", ["shop"]],
  [["one"], " two,three , ,", ["one", "two", "three"]],
])("--allow %j and AEGIS_ALLOW=%j allow %j", (flag, variable, allowed) => {
  expect(guardOf(hostWith([], variable), [], flag).allowed).toEqual(allowed);
});

test.each([
  [["chaos", "run", "s.yaml"], "aegis chaos run s.yaml --allow shop"],
  [["chaos", "run", "my s.yaml"], "aegis chaos run 'my s.yaml' --allow shop"],
  [["chaos", "run", "--", "-s.yaml"], "aegis chaos run --allow shop -- -s.yaml"],
])("%j is typed again as %s", (argv, again) => {
  expect(guardOf(hostWith(argv), []).again("--allow", "shop")).toBe(again);
});
