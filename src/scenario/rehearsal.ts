import type { Plan } from "../model/plan.ts";
import type { Replica } from "../model/replica.ts";
import type { SchedulerAction, SchedulerEvent } from "./schedule-state.ts";
import { advance, createScheduler, type SchedulerState } from "./scheduler.ts";
import { MINIMAL, parse, replica } from "./testing.ts";

/** The replicas that rehearsals harm. */
export const APPS: readonly Replica[] = ["app1", "app2", "app3"].map((name) => replica(name));

/** A plan with these steps (each the inside of a flow map) and further top-level lines. */
export function planOf(steps: readonly string[], rest = ""): Plan {
  const written = steps.map((step) => `  - { ${step} }\n`).join("");
  return parse(MINIMAL.replace(/ {2}- \{ id: hit.*\n/, () => written) + rest);
}

/** Those steps, ready to be played. */
export function rehearse(
  steps: readonly string[],
  rest = "",
  replicas: readonly Replica[] = APPS,
): Rehearsal {
  return new Rehearsal(planOf(steps, rest), replicas);
}

interface Delays {
  /** µs from an order until it has taken effect, until it is undone, from the end of the harm until recovery. */
  readonly apply: number;
  readonly revert: number;
  readonly recover: number;
}

interface Happening {
  readonly at: number;
  readonly event: SchedulerEvent;
}

interface Injected {
  readonly at: number;
  readonly step: string;
  readonly injection: string;
  readonly kind: string;
  readonly target: string | null;
}

/** Plays a schedule in no time, for tests: a clock that jumps, and a world in which everything takes a fixed time. */
export class Rehearsal {
  readonly log: { readonly at: number; readonly action: SchedulerAction }[] = [];
  wakeAt: number | null = null;
  #now = 0;
  #state: SchedulerState;
  #agenda: Happening[] = [];
  #delays: Delays = { apply: 0, revert: 0, recover: 0 };
  readonly #course: (readonly ["harmed" | "recovered", string])[] = [];
  #failing: ReadonlySet<string> = new Set();
  readonly #replicas: readonly Replica[];

  constructor(plan: Plan, replicas: readonly Replica[]) {
    this.#replicas = replicas;
    this.#state = deepFreeze(createScheduler(plan));
  }

  withDelay(delays: Partial<Delays>): this {
    this.#delays = { ...this.#delays, ...delays };
    return this;
  }

  failing(...injections: string[]): this {
    this.#failing = new Set(injections);
    return this;
  }

  start(now: number): void {
    this.#now = now;
    this.#feed({ type: "start" });
    this.#settle();
  }

  stop(): void {
    this.#feed({ type: "stop" });
    this.#settle();
  }

  tick(): void {
    this.#feed({ type: "tick" });
    this.#settle();
  }

  /** A staged injection is at that replica from now on; null: at none. */
  comesTo(injection: string, name: string | null): void {
    const replica = this.#replicas.find((each) => each.name === name)?.key ?? null;
    this.#feed({ type: "busy", injection, replica });
    this.#settle();
  }

  /** Lets time pass up to and including then. */
  until(end: number): void {
    for (;;) {
      const next = Math.min(this.wakeAt ?? Infinity, ...this.#agenda.map(({ at }) => at));
      if (next > end) break;
      this.#now = Math.max(this.#now, next);
      if (!this.#settle()) this.#feed({ type: "tick" });
    }
    this.#now = end;
  }

  /** `2.5s inject a#1` */
  told(): string[] {
    return this.log.map(({ at, action }) => `${at / 1e6}s ${words(action)}`);
  }

  /** Of steps that ended, or were not injected. */
  details(): string[] {
    return this.log.flatMap(({ action }) =>
      action.do === "step" && action.stage !== "started" ? [action.detail] : [],
    );
  }

  injected(): Injected[] {
    return this.log.flatMap(({ at, action }) => {
      if (action.do !== "inject") return [];
      const { step, injection, kind, target } = action;
      return [{ at, step, injection, kind, target: target?.name ?? null }];
    });
  }

  /** Orders and recoveries in their order, by target. */
  course(): readonly (readonly ["harmed" | "recovered", string])[] {
    return this.#course;
  }

  /** Injections that still harm somebody. */
  unfinished(): string[] {
    const over = new Set(["ended", "recovered", "failed"]);
    return this.#state.injections.flatMap(({ id, stage }) => (over.has(stage) ? [] : [id]));
  }

  /** Feeds what is due now; says whether anything was. */
  #settle(): boolean {
    let any = false;
    for (;;) {
      const index = this.#agenda.findIndex(({ at }) => at <= this.#now);
      if (index === -1) return any;
      const [happening] = this.#agenda.splice(index, 1);
      if (happening !== undefined) this.#feed(happening.event);
      any = true;
    }
  }

  #feed(event: SchedulerEvent): void {
    if (event.type === "recovered") this.#note("recovered", event.injection);
    const turn = advance(this.#state, { ...event, now: this.#now, replicas: this.#replicas });
    this.#state = deepFreeze(turn.state);
    this.wakeAt = turn.wakeAt;
    for (const action of turn.actions) {
      this.log.push({ at: this.#now, action });
      this.#obey(action);
    }
  }

  #obey(action: SchedulerAction): void {
    const { apply, revert, recover } = this.#delays;
    if (action.do === "inject") {
      const { injection } = action;
      this.#note("harmed", injection);
      if (this.#failing.has(injection)) {
        this.#later(apply, { type: "failed", injection });
        return;
      }
      this.#later(apply, { type: "applied", injection });
      if (!this.#isHeld(injection)) this.#over(apply, recover, injection);
    }
    if (action.do === "revert") this.#over(revert, recover, action.injection);
  }

  #over(after: number, recover: number, injection: string): void {
    this.#later(after, { type: "ended", injection });
    this.#later(after + recover, { type: "recovered", injection });
  }

  #later(after: number, event: SchedulerEvent): void {
    this.#agenda.push({ at: this.#now + after, event });
  }

  #note(what: "harmed" | "recovered", id: string): void {
    const target = this.#state.injections.find((injection) => injection.id === id)?.target;
    if (target) this.#course.push([what, target.name]);
  }

  #isHeld(id: string): boolean {
    return this.#state.injections.find((injection) => injection.id === id)?.held ?? false;
  }
}

function words(action: SchedulerAction): string {
  if (action.do === "done") return "done";
  if (action.do === "step") return `${action.step} ${action.stage}`;
  return `${action.do} ${action.injection}`;
}

/** So that a test fails when the scheduler changes the state it was given. */
function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
