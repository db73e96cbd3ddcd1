import type { Assertion } from "../../model/assertion.ts";
import type { JournalHeader } from "../../model/journal.ts";
import type { Plan, StepPlan, TrafficPlan } from "../../model/plan.ts";

const s = 1000;

const main: TrafficPlan = {
  name: "main",
  url: "http://balancer/",
  method: "GET",
  headers: {},
  body: null,
  rate: 200,
  timeoutMs: s,
  expect: { status: [{ from: 200, to: 200 }], body: null },
  fresh: 0.1,
  ca: null,
  precise: false,
  identify: null,
};

const step = (plan: Partial<StepPlan> & Pick<StepPlan, "id" | "kind">): StepPlan => ({
  role: "fault",
  needs: ["lifecycle"],
  held: false,
  target: {
    by: "service",
    service: "app",
    pick: { kind: "count", count: 1 },
    only: "ready",
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
  ...plan,
});

const storm = step({
  id: "storm",
  kind: "crash",
  repeat: { everyMs: 2 * s, jitterMs: 300, times: 5, forMs: null },
  line: 14,
});

const freeze = step({
  id: "freeze",
  kind: "pause",
  held: true,
  start: { at: "step", step: "storm", when: "ended", plusMs: 2 * s },
  end: { after: "time", ms: 4 * s },
  line: 18,
});

const probe = step({ id: "probe", kind: "exec", needs: ["exec"], ifUnsupported: "skip", line: 22 });

const assertion = (text: string, line: number, why: string | null = null): Assertion => ({
  text,
  why,
  line,
  test: {
    about: "measure",
    traffic: "main",
    measure: { name: "failed" },
    window: { kind: "run" },
    comparison: "==",
    limits: [{ kind: "number", value: 0 }],
  },
});

const plan: Plan = {
  name: "A crash storm, then one replica freezes",
  file: "scenarios/crash-storm.yaml",
  seed: 42,
  stack: { compose: null, project: null, profiles: [], engine: null },
  vantage: "auto",
  traffic: [
    main,
    { ...main, name: "orders", url: "http://balancer/orders", method: "POST", rate: 20, fresh: 0 },
  ],
  phases: { warmupMs: 2 * s, baselineMs: 10 * s, chaosMs: 20 * s, recoveryMs: 10 * s },
  steady: { withinMs: 30 * s, checks: [] },
  limits: { down: 1, timeMs: 300 * s },
  steps: [storm, freeze, probe],
  assertions: [
    assertion("failed == 0", 30),
    assertion("main.p99 during freeze <= 2x baseline or 400ms", 31),
    assertion("main.gap <= 500ms", 32),
    assertion("recovery of every step <= 10s", 33),
    assertion("orders.duplicates == 0", 34, "a retry must not order twice"),
  ],
  abortWhen: [],
};

/** First line of the example's journal. */
export const exampleHeader: JournalHeader = {
  journal: 1,
  aegis: "0.1.0",
  run: "20261120T135319Z-crash-storm-5f1c",
  startedAt: "2026-11-20T13:53:19.412Z",
  engine: "process",
  vantage: "host",
  project: "aegis",
  plan,
  services: { app: ["app1", "app2", "app3"], balancer: ["balancer"] },
  identify: { replica: true, version: true },
};
