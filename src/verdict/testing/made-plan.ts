import type { Assertion, AssertionTest, Measure, MeasureTest } from "../../model/assertion.ts";
import type { JournalHeader } from "../../model/journal.ts";
import type { Plan, StepPlan, TrafficPlan } from "../../model/plan.ts";
import type { Replica } from "../../model/replica.ts";

/** A step of the plan; a crash of one replica of `app` unless said otherwise. */
export function madeStep(id: string, change: Partial<StepPlan> = {}): StepPlan {
  return { ...STEP, id, ...change };
}

/** A stream of the plan: 100 GET a second. */
export function madeTraffic(name: string, change: Partial<TrafficPlan> = {}): TrafficPlan {
  return { ...TRAFFIC, name, ...change };
}

/** An assertion about anything. */
export function claim(text: string, test: AssertionTest): Assertion {
  return { text, why: null, line: 7, test };
}

/** An assertion about a measure of `main` over the run. */
export function measureClaim(
  measure: Measure,
  comparison: MeasureTest["comparison"],
  limits: MeasureTest["limits"],
  more: Partial<MeasureTest> = {},
): Assertion {
  const window = { kind: "run" } as const;
  const test = { about: "measure", traffic: "main", measure, window, comparison, limits } as const;
  return claim(`main.${measure.name} ${comparison}`, { ...test, ...more });
}

/** `main.failed == 0` */
export const NOTHING_FAILS = measureClaim({ name: "failed" }, "==", [{ kind: "number", value: 0 }]);

/** A replica of `app` that is well. */
export const REPLICA: Replica = {
  key: "",
  service: "app",
  name: "",
  state: "running",
  health: "healthy",
  ready: true,
  version: "v1",
  instance: "100",
  startedAt: null,
  restarts: 0,
};

const TRAFFIC: TrafficPlan = {
  name: "main",
  url: "http://balancer/",
  method: "GET",
  headers: {},
  body: null,
  rate: 100,
  timeoutMs: 1000,
  expect: { status: [{ from: 200, to: 399 }], body: null },
  fresh: 0,
  ca: null,
  precise: false,
  identify: null,
};

const STEP: StepPlan = {
  id: "",
  kind: "crash",
  role: "fault",
  needs: ["lifecycle"],
  held: false,
  target: {
    by: "service",
    service: "app",
    pick: { kind: "count", count: 1 },
    only: "any",
    prefer: "random",
    oneByOne: false,
  },
  params: {},
  start: { at: "time", ms: 0 },
  end: null,
  repeat: null,
  ifUnsupported: "fail",
  irreversible: false,
  line: null,
};

/** One traffic, nothing else. */
export const PLAN: Plan = {
  name: "made up",
  file: null,
  seed: 1,
  stack: { compose: null, project: null, profiles: [], engine: null },
  vantage: "auto",
  traffic: [TRAFFIC],
  phases: { warmupMs: 0, baselineMs: 0, chaosMs: 0, recoveryMs: 0 },
  steady: { withinMs: 0, checks: [] },
  limits: { down: null, timeMs: 300_000 },
  steps: [],
  assertions: [],
  abortWhen: [],
};

/** Of a stack of three replicas behind a balancer. */
export const HEADER: Omit<JournalHeader, "plan"> = {
  journal: 1,
  aegis: "0.0.0",
  run: "run",
  startedAt: "2030-01-01T00:00:00.000Z",
  engine: "dry",
  vantage: "host",
  project: "p",
  services: { app: ["app1", "app2", "app3"], balancer: ["balancer"] },
  identify: { replica: true, version: true },
};
