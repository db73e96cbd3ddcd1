import type { Plan } from "../model/plan.ts";
import type {
  SchedulerAction,
  SchedulerEvent,
  SchedulerInput,
  SchedulerState,
  StepState,
} from "./schedule-state.ts";
import { harmDue, occurrenceDue, stepDue } from "./schedule-times.ts";
import { ScheduleTurn } from "./schedule-turn.ts";

export type { SchedulerAction, SchedulerEvent, SchedulerInput, SchedulerState };

/** How soon a step that waits for targets looks again, µs: readiness may change without anybody telling. */
const RETRY_US = 100_000;

/** What a step says of itself before its time. */
const PENDING: Omit<StepState, "id"> = {
  stage: "pending",
  dueAt: null,
  startedAt: null,
  endedAt: null,
  recoveredAt: null,
  occurrences: 0,
  shift: 0,
  waiting: null,
  queue: [],
  injected: 0,
  over: false,
  missed: null,
};

/** A schedule of which nothing has been played. */
export function createScheduler(plan: Plan): SchedulerState {
  return {
    plan,
    startedAt: null,
    stopping: false,
    done: false,
    steps: plan.steps.map(({ id }) => ({ id, ...PENDING })),
    injections: [],
  };
}

/**
 * Plays on: pure, so the same inputs give the same actions. `wakeAt` is when to come again (µs since run start) if nothing
 * happens before; null when only an event can bring it on.
 */
export function advance(
  state: SchedulerState,
  input: SchedulerInput,
): {
  readonly state: SchedulerState;
  readonly actions: readonly SchedulerAction[];
  readonly wakeAt: number | null;
} {
  const turn = new ScheduleTurn(state, input.now, input.replicas);
  turn.hear(input);
  turn.play();
  const next = turn.result();
  return { state: next, actions: turn.actions, wakeAt: wakeAt(next, input.now) };
}

function wakeAt(state: SchedulerState, now: number): number | null {
  const { plan, startedAt, done, stopping } = state;
  if (startedAt === null || done || stopping) return null;
  const stateOf = (id: string) => state.steps.find((each) => each.id === id);
  const harm = state.injections.map((injection) => {
    const step = plan.steps.find(({ id }) => id === injection.step);
    return step === undefined ? "later" : harmDue(injection, step, now, stateOf);
  });
  const steps = plan.steps.map((step, index) => {
    const own = state.steps[index] as StepState;
    if (own.stage === "pending") return stepDue(step.start, startedAt, stateOf);
    if (own.over) return "later";
    if (own.waiting !== null) return now + RETRY_US;
    return (
      occurrenceDue(step, plan.seed, own.occurrences, (own.dueAt ?? now) + own.shift) ?? "later"
    );
  });
  const end = startedAt + plan.phases.chaosMs * 1000;
  const times = [...harm, ...steps, end].filter((due) => typeof due === "number" && due > now);
  return times.length === 0 ? null : Math.min(...(times as number[]));
}
