import { fraction, rank } from "../kit/seed.ts";
import type { Alternative, Plan, StartRule, StepMoment, StepPlan } from "../model/plan.ts";
import type { InjectionState, StepState } from "./schedule-state.ts";

/** When something is to be: a time in µs, `later` when what it waits for has not happened, `never` when that cannot happen. */
export type Due = number | "later" | "never";

/** When a step's time comes. */
export function stepDue(
  rule: StartRule,
  chaosStart: number,
  stateOf: (step: string) => StepState | undefined,
): Due {
  if (rule.at === "time") return chaosStart + rule.ms * 1000;
  const moment = momentOf(stateOf(rule.step), rule.when);
  return typeof moment === "number" ? moment + rule.plusMs * 1000 : moment;
}

/** When held harm is to be undone. What would end it and cannot happen any more ends it at once. */
export function harmDue(
  injection: InjectionState,
  step: StepPlan,
  now: number,
  stateOf: (step: string) => StepState | undefined,
): Due {
  if (injection.stage !== "applied" || injection.appliedAt === null) return "later";
  if (injection.forMs !== null) return injection.appliedAt + injection.forMs * 1000;
  if (step.end?.after !== "step") return "later";
  const moment = momentOf(stateOf(step.end.step), step.end.when);
  return moment === "never" ? now : moment;
}

/**
 * When an occurrence (0-based) of a step comes, given when the step came due: every `every`, each with a seeded jitter of
 * its own; null when there is no such occurrence any more.
 */
export function occurrenceDue(
  step: StepPlan,
  seed: number,
  occurrence: number,
  dueAt: number,
): number | null {
  const { repeat } = step;
  if (repeat === null) return occurrence === 0 ? dueAt : null;
  if (repeat.times !== null && occurrence >= repeat.times) return null;
  const jitter = repeat.jitterMs * fraction(seed, step.id, "jitter", occurrence + 1);
  const offset = occurrence * repeat.everyMs + jitter;
  if (repeat.forMs !== null && offset >= repeat.forMs) return null;
  return Math.round(dueAt + offset * 1000);
}

/** What an occurrence does: always the same, unless the step is a monkey. */
export function deedOf(
  plan: Plan,
  step: StepPlan,
  occurrence: number,
): Alternative & { held: boolean } {
  const [random] = rank(
    step.alternatives ?? [],
    ({ kind }) => kind,
    plan.seed,
    step.id,
    "kind",
    occurrence + 1,
  );
  if (random !== undefined) return { ...random, held: random.forMs !== null };
  const forMs = step.end?.after === "time" ? step.end.ms : null;
  return { kind: step.kind, params: step.params, forMs, held: step.held };
}

function momentOf(state: StepState | undefined, when: StepMoment): Due {
  if (state === undefined) return "never";
  const times = { started: state.startedAt, ended: state.endedAt, recovered: state.recoveredAt };
  return (
    times[when] ?? (state.stage === "not-injected" && state.endedAt === null ? "never" : "later")
  );
}
