import type { World } from "../kit/world.ts";
import type { Plan, TrafficPlan } from "../model/plan.ts";

/** As long as a timer can be set: 24 days, what endless commands are given. */
export const ENDLESS_MS = 2 ** 31 - 1;

/** A traffic called `main`: GET, any status from 200 to 399, unless told. */
export function mainTraffic(
  given: Pick<TrafficPlan, "url" | "rate" | "timeoutMs"> & Partial<TrafficPlan>,
): TrafficPlan {
  return {
    name: "main",
    method: "GET",
    headers: {},
    body: null,
    expect: { status: [{ from: 200, to: 399 }], body: null },
    fresh: 0,
    ca: null,
    precise: false,
    identify: null,
    ...given,
  };
}

/** A plan that only measures, at once and for `ms`. */
export function measuringPlan(
  world: World,
  { name, traffic, ms }: { name: string; traffic: TrafficPlan; ms: number },
): Plan {
  return {
    name,
    file: null,
    seed: world.drawSeed(),
    stack: { compose: null, project: null, profiles: [], engine: null },
    vantage: "auto",
    traffic: [traffic],
    phases: { warmupMs: 0, baselineMs: 0, chaosMs: ms, recoveryMs: 0 },
    steady: { withinMs: 0, checks: [] },
    limits: { down: null, timeMs: ENDLESS_MS },
    steps: [],
    assertions: [],
    abortWhen: [],
  };
}
