import { resolve } from "node:path";
import { ProblemsError } from "../kit/problem.ts";
import { ProblemList } from "../kit/problem-list.ts";
import { formatDuration } from "../kit/units.ts";
import type { Assertion } from "../model/assertion.ts";
import type { StepKind } from "../model/kind.ts";
import type { Phases, Plan, StackChoice, StepPlan, TrafficPlan } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";
import { type AssertContext, toAbortRule, toAssertion, toSteadyCheck } from "./assertions.ts";
import { type ParseContext, replicaNames, serviceNames } from "./context.ts";
import { type Gathered, gather, idOf, type Placed, rawAt, type StepShape } from "./gather.ts";
import { MONKEY, toMonkey } from "./monkey.ts";
import { checkNames } from "./names.ts";
import { checkOrder, type PlacedStep } from "./step-order.ts";
import { type StepContext, toStep } from "./steps.ts";
import type { KnownNames } from "./subjects.ts";
import { type Timing, timingOf } from "./timing.ts";
import { toTraffic } from "./traffic.ts";

export interface ParseOptions {
  readonly text: Uint8Array | string;
  /** As given on the command line: for messages, and kept in the plan. */
  readonly file: string;
  /** The file's directory, absolute: relative paths start from it. */
  readonly directory: string;
  readonly kinds: readonly StepKind[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a shared file, or a certificate, by its absolute path. */
  readonly readFile: (path: string) => Uint8Array | string;
  /** The stack that is meant. Its ProblemsError is told together with the scenario's own problems. */
  readonly stackOf: (choice: StackChoice) => Stack;
  readonly drawSeed: () => number;
  /** `--seed`, which wins over the file's; null: not given. */
  readonly seed: number | null;
}

const DEFAULTS = {
  phases: { warmup: 2000, baseline: 5000, chaos: 0, recovery: 10_000 },
  steadyMs: 30_000,
  timeMs: 600_000,
} as const;

/** What is asked of the baseline unless told. */
const STEADY_CHECK: Assertion = {
  text: "failed == 0",
  why: null,
  line: null,
  test: {
    about: "measure",
    traffic: null,
    measure: { name: "failed" },
    window: { kind: "run" },
    comparison: "==",
    limits: [{ kind: "number", value: 0 }],
  },
};

/** A scenario file as a Plan. Throws ProblemsError with every problem of the scenario, of what it uses and of its compose file at once. */
export function parseScenario(options: ParseOptions): Plan {
  const problems = new ProblemList();
  const gathered = gather({ ...options, problems });
  const choice = stackChoice(gathered);
  const stack = choice === null ? null : readStack(options, choice, problems);
  const { kinds, env, readFile } = options;
  const context: ParseContext = { problems, kinds, env, readFile, stack };
  checkNames(context, gathered);
  const traffic = trafficOf(context, gathered);
  const phases = phasesOf(gathered);
  const { steps, down, whole } = stepsOf(context, gathered);
  const timeMs = setting(gathered.limits, "time", DEFAULTS.timeMs);
  const timing = whole
    ? timingOf(steps, phases, (name) => replicaNames(context, name)?.length ?? 1)
    : null;
  if (timing !== null) checkFits(context, gathered, { phases, timing, timeMs });
  checkAnything(context, gathered, phases);
  const asserting: AssertContext = {
    ...context,
    root: gathered.root,
    traffic,
    phases,
    timing,
    names: namesOf(context, gathered),
  };
  const assertions = gathered.asserts.flatMap((each) => toAssertion(asserting, each) ?? []);
  const steady = steadyOf(asserting, gathered);
  const abortWhen = gathered.abortWhen.flatMap((each) => toAbortRule(asserting, each) ?? []);
  problems.throwIfAny();
  return {
    name: String(gathered.name),
    file: options.file,
    seed: options.seed ?? gathered.seed ?? options.drawSeed(),
    stack: choice as StackChoice,
    vantage: gathered.vantage ?? "auto",
    traffic,
    phases,
    steady,
    limits: { down, timeMs },
    steps,
    assertions,
    abortWhen,
  };
}

function stackChoice({ stack }: Gathered): StackChoice | null {
  if (stack === null) return { compose: null, project: null, profiles: [], engine: null };
  const { value, directory } = stack;
  if (value === null) return null;
  return {
    compose: value.compose === undefined ? null : resolve(directory, value.compose),
    project: value.project ?? null,
    profiles: value.profiles,
    engine: value.engine ?? null,
  };
}

function readStack(
  options: ParseOptions,
  choice: StackChoice,
  problems: ProblemList,
): Stack | null {
  try {
    return options.stackOf(choice);
  } catch (thrown) {
    if (!(thrown instanceof ProblemsError)) throw thrown;
    problems.addAll(thrown.problems);
    return null;
  }
}

function trafficOf(context: ParseContext, gathered: Gathered): TrafficPlan[] {
  return [...gathered.traffic].flatMap(([name, placed]) => {
    const { value } = placed;
    return value === null ? [] : [toTraffic(context, name, { ...placed, value })];
  });
}

function phasesOf({ phases }: Gathered): Phases {
  const { warmup, baseline, chaos, recovery } = DEFAULTS.phases;
  return {
    warmupMs: setting(phases, "warmup", warmup),
    baselineMs: setting(phases, "baseline", baseline),
    chaosMs: setting(phases, "chaos", chaos),
    recoveryMs: setting(phases, "recovery", recovery),
  };
}

function setting(settings: Gathered["phases"], key: string, fallback: number): number {
  const value = settings[key]?.value;
  return typeof value === "number" ? value : fallback;
}

/** Steps, the monkey last; `whole` when all of them are well enough to reckon with. */
function stepsOf(
  context: ParseContext,
  gathered: Gathered,
): { readonly steps: StepPlan[]; readonly down: number | null; readonly whole: boolean } {
  const { problems } = context;
  const before = problems.count;
  const given = gathered.limits["down"]?.value;
  const monkey = gathered.monkey === null ? null : toMonkey(context, gathered.monkey);
  const down = typeof given === "number" ? given : neverTheLast(context, gathered, monkey);
  const ids = stepIds(gathered);
  const within: StepContext = { ...context, ids, down };
  const placed = gathered.steps.flatMap((each) => placedStep(within, each) ?? []);
  if (problems.count === before)
    checkOrder(context, placed, gathered.monkey === null ? [] : [MONKEY]);
  const steps = [...placed.map(({ plan }) => plan), ...(monkey === null ? [] : [monkey])];
  return {
    steps,
    down,
    whole: problems.count === before && gathered.steps.length === placed.length,
  };
}

function placedStep(context: StepContext, placed: Placed<StepShape | null>): PlacedStep | null {
  const { value } = placed;
  if (value === null) return null;
  const plan = toStep(context, { ...placed, value });
  return plan === null ? null : { plan, placed: { ...placed, value } };
}

/** A monkey leaves one replica alone, unless `limits.down` says otherwise. */
function neverTheLast(
  context: ParseContext,
  gathered: Gathered,
  monkey: StepPlan | null,
): number | null {
  if (monkey?.target?.by !== "service" || gathered.monkey === null) return null;
  const size = replicaNames(context, monkey.target.service)?.length ?? 2;
  if (size > 1) return size - 1;
  const { source, path } = gathered.monkey;
  const message = `${monkey.target.service} has 1 replica, and a monkey never takes the last`;
  context.problems.add({
    source,
    path,
    message,
    hint: "allow it with limits: { down: 1 }",
    at: "key",
  });
  return 1;
}

function stepIds(gathered: Gathered): string[] {
  const ids = gathered.steps.flatMap((step) => idOf(step) ?? []);
  return gathered.monkey === null ? ids : [...ids, MONKEY];
}

/** All names that assertions may use, also those of parts with other mistakes. */
function namesOf(context: ParseContext, gathered: Gathered): KnownNames {
  const steps: [string, { outcomes: readonly string[]; targeted: boolean }][] = [];
  for (const step of gathered.steps) {
    const id = idOf(step);
    const kind = context.kinds.find(
      ({ name }) => name === rawAt(step.source, [...step.path, "do"]),
    );
    if (id !== null)
      steps.push([id, { outcomes: kind?.outcomes ?? [], targeted: kind?.targeted ?? true }]);
  }
  if (gathered.monkey !== null) {
    const outcomes = context.kinds.flatMap((kind) => kind.outcomes);
    steps.push([MONKEY, { outcomes, targeted: true }]);
  }
  return {
    traffics: [...gathered.traffic.keys()],
    services: serviceNames(context),
    replicas: replicaNames(context),
    steps: new Map(steps),
  };
}

function steadyOf(context: AssertContext, { steady }: Gathered): Plan["steady"] {
  const withinMs = setting(steady, "within", DEFAULTS.steadyMs);
  const given = steady["checks"];
  if (given === undefined) return { withinMs, checks: [STEADY_CHECK] };
  const lines = given.value as readonly (string | { that: string; why?: string })[];
  const checks = lines.flatMap((value, index) => {
    const path = [...given.path, index];
    return toSteadyCheck(context, { ...given, path, value } as never) ?? [];
  });
  return { withinMs, checks };
}

/** Steps that can never end within the limit of the run. */
function checkFits(
  { problems }: ParseContext,
  gathered: Gathered,
  {
    phases,
    timing,
    timeMs,
  }: { readonly phases: Phases; readonly timing: Timing; readonly timeMs: number },
): void {
  const { warmupMs, baselineMs, recoveryMs } = phases;
  const least = warmupMs + baselineMs + timing.chaosMs + recoveryMs;
  if (least <= timeMs) return;
  const given = gathered.limits["time"];
  const place = given ?? {
    source: gathered.root,
    path: gathered.steps.length > 0 ? ["steps"] : [],
  };
  const message = `the steps cannot fit: the run takes at least ${formatDuration(least)}, limits.time is ${formatDuration(timeMs)}`;
  const hint = `write limits: { time: ${Math.ceil((least * 1.2) / 60_000)}m }`;
  const at = given === undefined ? "key" : "value";
  problems.add({ source: place.source, path: place.path, message, hint, at });
}

/** A scenario must measure something, do something, and ask for something. */
function checkAnything({ problems }: ParseContext, gathered: Gathered, phases: Phases): void {
  const { root } = gathered;
  if (root.data === null || typeof root.data !== "object") return;
  const add = (path: string[], message: string, hint: string): void =>
    problems.add({ source: root, path, message, hint, at: "key" });
  if (gathered.traffic.size === 0 && rawAt(root, ["traffic", "main"]) === undefined) {
    add(
      ["traffic"],
      "no traffic: nothing would be measured",
      "add traffic: { main: { url: http://balancer/, rate: 100/s } }",
    );
  }
  if (
    gathered.steps.length === 0 &&
    rawAt(root, ["monkey"]) === undefined &&
    phases.chaosMs === 0
  ) {
    add(
      ["steps"],
      "no steps: nothing would be done",
      "add steps:, monkey:, or phases: { chaos: 10s }",
    );
  }
  if (!gathered.hasAsserts) {
    const [first = "main"] = gathered.traffic.keys();
    const lines = `assert:\n  - ${first}.failed == 0\n  - recovery of every step <= 10s`;
    add(["assert"], "nothing is asserted, so nothing could fail", `add for example:\n${lines}`);
  }
}
