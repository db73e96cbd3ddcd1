import type { Plan, StepPlan } from "../model/plan.ts";
import type { Replica } from "../model/replica.ts";
import type { Stack } from "../model/stack.ts";
import {
  advance,
  createScheduler,
  type SchedulerAction,
  type SchedulerEvent,
  type SchedulerState,
} from "../scenario/scheduler.ts";
import { rankNames } from "../scenario/targets.ts";

/** One injection as it will come if every replica is well and recovers at once. */
export interface ForeseenInjection {
  /** Since chaos began. */
  readonly atMs: number;
  readonly injection: string;
  readonly step: string;
  readonly kind: string;
  readonly target: string | null;
  /** When its harm is undone; null for instant harm. */
  readonly untilMs: number | null;
  /** All replicas it could hit, in the order of choice, or of its stages; empty where the target is named. */
  readonly ranking: readonly string[];
}

export interface Foreseen {
  readonly injections: readonly ForeseenInjection[];
  /** Steps that can never be injected, with why. */
  readonly missed: readonly { readonly step: string; readonly why: string }[];
  /** How long chaos lasts; null when it has no end, or none within `most` injections. */
  readonly chaosMs: number | null;
}

/** A step that waits for a target looks for one ten times a second, for as long as the run may last. */
const MOST_TURNS = 20_000;

/** Plays the schedule of a plan in no time, on replicas that are all ready. Pure. At most `most` injections. */
export function foresee(plan: Plan, stack: Stack, most: number): Foreseen {
  const play = new ForeseenPlay(plan, stack);
  while (!play.over && play.injections.length < most && play.next()) {}
  const { injections, chaosMs } = play;
  return { injections: injections.slice(0, most), missed: play.missed(), chaosMs };
}

/** The scheduler, answered as a perfect engine would: everything takes effect at once, everybody recovers at once. */
class ForeseenPlay {
  readonly injections: ForeseenInjection[] = [];
  chaosMs: number | null = null;
  readonly #plan: Plan;
  readonly #stack: Stack;
  readonly #replicas: readonly Replica[];
  #state: SchedulerState;
  #now = 0;
  #wakeAt: number | null = null;
  #events: SchedulerEvent[] = [{ type: "start" }];
  #turns = 0;
  readonly #missed = new Map<string, string>();

  constructor(plan: Plan, stack: Stack) {
    this.#plan = plan;
    this.#stack = stack;
    this.#replicas = stack.replicas.map(readyReplica);
    this.#state = createScheduler(plan);
  }

  get over(): boolean {
    return this.chaosMs !== null;
  }

  /** What was given up, and what still waits when the time is up. */
  missed(): Foreseen["missed"] {
    for (const { id, waiting } of this.#state.steps) {
      if (waiting !== null && !this.#missed.has(id)) this.#missed.set(id, waiting);
    }
    return [...this.#missed].map(([step, why]) => ({ step, why }));
  }

  /** Hears the next event, or lets time pass until the next move; false when nothing will move any more. */
  next(): boolean {
    const event = this.#events.shift() ?? this.#wake();
    this.#turns += 1;
    if (event === null || this.#turns > MOST_TURNS) return false;
    const input = { ...event, now: this.#now, replicas: this.#replicas };
    const { state, actions, wakeAt } = advance(this.#state, input);
    this.#state = state;
    this.#wakeAt = wakeAt;
    for (const action of actions) this.#answer(action);
    return true;
  }

  #wake(): SchedulerEvent | null {
    if (this.#wakeAt === null || this.#wakeAt > this.#plan.limits.timeMs * 1000) return null;
    this.#now = this.#wakeAt;
    return { type: "tick" };
  }

  #answer(action: SchedulerAction): void {
    if (action.do === "inject") this.#inject(action);
    else if (action.do === "revert") this.#revert(action.injection);
    else if (action.do === "done") this.chaosMs = this.#now / 1000;
    else if (action.stage === "not-injected") this.#missed.set(action.step, action.detail);
  }

  #inject({ injection, step, kind, target }: Extract<SchedulerAction, { do: "inject" }>): void {
    const { held = false, occurrence = 0 } =
      this.#state.injections.find(({ id }) => id === injection) ?? {};
    const plan = this.#plan.steps.find(({ id }) => id === step) as StepPlan;
    this.injections.push({
      atMs: this.#now / 1000,
      injection,
      step,
      kind,
      target: target?.name ?? null,
      untilMs: null,
      ranking: rankingOf(this.#plan, this.#stack, plan, occurrence),
    });
    this.#events.push({ type: "applied", injection });
    if (!held) this.#events.push({ type: "recovered", injection });
  }

  #revert(injection: string): void {
    const index = this.injections.findIndex((each) => each.injection === injection);
    const known = this.injections[index];
    if (known !== undefined) this.injections[index] = { ...known, untilMs: this.#now / 1000 };
    this.#events.push({ type: "ended", injection }, { type: "recovered", injection });
  }
}

function rankingOf(plan: Plan, stack: Stack, step: StepPlan, occurrence: number): string[] {
  const { target, id } = step;
  if (target?.by !== "service" || target.prefer !== "random") return [];
  const names = stack.replicas
    .filter(({ service }) => service === target.service)
    .map(({ name }) => name);
  if (step.staged) return names;
  return rankNames(names, { seed: plan.seed, step: id, occurrence });
}

function readyReplica({ name, service }: Stack["replicas"][number], index: number): Replica {
  return {
    key: name,
    service,
    name,
    state: "running",
    health: "healthy",
    ready: true,
    version: null,
    instance: `life-of-${name}`,
    startedAt: index,
    restarts: 0,
  };
}
