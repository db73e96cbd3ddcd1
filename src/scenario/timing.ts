import type { Window } from "../model/assertion.ts";
import type { Phases, StepMoment, StepPlan, TargetPlan } from "../model/plan.ts";
import { wantedCount } from "./targets.ts";

/** How long things take at least, in ms since chaos began: recoveries take no time, nothing waits for targets. */
export interface Timing {
  readonly steps: ReadonlyMap<string, StepSpan>;
  /** Chaos itself. */
  readonly chaosMs: number;
  /** Nothing in it waits for a recovery, so it is not only a lower bound. */
  readonly exact: boolean;
}

export interface StepSpan {
  readonly start: number;
  readonly end: number;
  /** How long its harm is on in all; null when that depends on what happens. */
  readonly harm: { readonly times: number; readonly eachMs: number } | null;
}

/** The earliest course of the steps. They must not wait for each other in circles. */
export function timingOf(
  steps: readonly StepPlan[],
  phases: Phases,
  sizeOf: (service: string) => number,
): Timing {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const spans = new Map<string, StepSpan>();
  const spanOf = (id: string): StepSpan => {
    const known = spans.get(id);
    if (known !== undefined) return known;
    const step = byId.get(id);
    if (step === undefined) return { start: 0, end: 0, harm: null };
    spans.set(id, { start: 0, end: 0, harm: null });
    const span = measure(step, moment, sizeOf);
    spans.set(id, span);
    return span;
  };
  const moment = (id: string, when: StepMoment): number =>
    when === "started" ? spanOf(id).start : spanOf(id).end;
  for (const { id } of steps) spanOf(id);
  const chaosMs = Math.max(phases.chaosMs, ...[...spans.values()].map(({ end }) => end));
  return { steps: spans, chaosMs, exact: steps.every(isTimed) };
}

/** The length of a window in ms as planned; null when it depends on what happens. */
export function windowLength(window: Window, phases: Phases, timing: Timing): number | null {
  switch (window.kind) {
    case "phase":
      return phaseLength(window.phase, phases, timing);
    case "run": {
      const chaos = phaseLength("chaos", phases, timing);
      return chaos === null ? null : phases.baselineMs + chaos + phases.recoveryMs;
    }
    case "during": {
      const harm = timing.steps.get(window.step)?.harm ?? null;
      return harm === null ? null : harm.times * (harm.eachMs + window.plusMs);
    }
    default:
      return null;
  }
}

function phaseLength(
  phase: "warmup" | "baseline" | "chaos" | "recovery",
  phases: Phases,
  timing: Timing,
): number | null {
  if (phase === "warmup") return phases.warmupMs;
  if (phase === "baseline") return phases.baselineMs;
  if (phase === "recovery") return phases.recoveryMs;
  return timing.exact ? timing.chaosMs : null;
}

function measure(
  step: StepPlan,
  moment: (id: string, when: StepMoment) => number,
  sizeOf: (service: string) => number,
): StepSpan {
  const { start: rule, end: endRule } = step;
  const start = rule.at === "time" ? rule.ms : moment(rule.step, rule.when) + rule.plusMs;
  const times = occurrencesOf(step);
  const turns = turnsOf(step.target, sizeOf);
  const held = endRule?.after === "time" ? endRule.ms : 0;
  const until = endRule?.after === "step" ? moment(endRule.step, endRule.when) : 0;
  const last = (times - 1) * (step.repeat?.everyMs ?? 0);
  return {
    start,
    end: Math.max(start + last + held * turns, until),
    harm:
      endRule?.after === "time" && step.alternatives === undefined
        ? { times: times * turns, eachMs: held }
        : null,
  };
}

function occurrencesOf({ repeat }: StepPlan): number {
  if (repeat === null) return 1;
  return repeat.times ?? Math.max(1, Math.ceil((repeat.forMs ?? 0) / repeat.everyMs));
}

/** How many targets come one after the other. */
function turnsOf(target: TargetPlan | null, sizeOf: (service: string) => number): number {
  if (target?.by !== "service" || !target.oneByOne) return 1;
  return Math.max(1, wantedCount(target.pick, sizeOf(target.service)));
}

/** Nothing in its course depends on a recovery. */
function isTimed({ start, target, repeat }: StepPlan): boolean {
  const waits = start.at === "step" && start.when === "recovered";
  return !waits && repeat === null && !(target?.by === "service" && target.oneByOne);
}
