import type { Plan, Repeat, StepPlan } from "../model/plan.ts";
import { type Replica, refOf, type TargetRef } from "../model/replica.ts";
import { ScheduleRecords } from "./schedule-records.ts";
import type {
  InjectionState,
  SchedulerAction,
  SchedulerEvent,
  SchedulerState,
} from "./schedule-state.ts";
import { deedOf, harmDue, occurrenceDue, stepDue } from "./schedule-times.ts";
import { type Choice, chooseTargets, obstacle, roomIn } from "./targets.ts";

/** One call of `advance`: replaces records of the state, never changes them, and collects actions. */
export class ScheduleTurn {
  readonly actions: SchedulerAction[] = [];
  readonly #plan: Plan;
  readonly #now: number;
  readonly #replicas: readonly Replica[];
  readonly #records: ScheduleRecords;
  #startedAt: number | null;
  #stopping: boolean;
  #done: boolean;

  constructor(state: SchedulerState, now: number, replicas: readonly Replica[]) {
    this.#plan = state.plan;
    this.#now = now;
    this.#replicas = replicas;
    this.#records = new ScheduleRecords(state);
    this.#startedAt = state.startedAt;
    this.#stopping = state.stopping;
    this.#done = state.done;
  }

  hear(event: SchedulerEvent): void {
    if (event.type === "start") this.#startedAt ??= this.#now;
    else if (event.type === "stop") this.#stopping = true;
    else if (event.type === "busy") this.#comesTo(event.injection, event.replica);
    else if (event.type !== "tick") this.#hearOf(event.injection, event.type);
  }

  /** Until nothing more follows: the end of one step may begin another, at the same time. */
  play(): void {
    do {
      this.#records.changed = false;
      this.#revertDue();
      for (const step of this.#plan.steps) this.#playStep(step);
    } while (this.#records.changed);
    this.#finish();
  }

  result(): SchedulerState {
    return {
      plan: this.#plan,
      startedAt: this.#startedAt,
      stopping: this.#stopping,
      done: this.#done,
      steps: this.#records.steps,
      injections: this.#records.injections,
    };
  }

  #comesTo(id: string, busy: string | null): void {
    const injection = this.#records.injection(id);
    if (injection !== undefined) this.#records.put(injection, { busy });
  }

  #hearOf(id: string, type: "applied" | "failed" | "ended" | "recovered"): void {
    const injection = this.#records.injection(id);
    if (injection === undefined) return;
    const { stage, held, target } = injection;
    const over = target === null ? "recovered" : "ended";
    if (type === "applied" && stage === "applying") {
      this.#records.put(injection, { stage: held ? "applied" : over, appliedAt: this.#now });
    } else if (type === "failed" && stage === "applying") {
      this.#records.put(injection, { stage: "failed" });
    } else if (type === "ended" && (stage === "applied" || stage === "reverting")) {
      this.#records.put(injection, { stage: over });
    } else if (type === "recovered" && stage !== "failed") {
      this.#records.put(injection, { stage: "recovered" });
    }
  }

  #revertDue(): void {
    for (const injection of this.#records.injections) {
      if (injection.stage !== "applied") continue;
      const due = harmDue(injection, this.#planOf(injection.step), this.#now, this.#records.find);
      if (this.#stopping || (typeof due === "number" && due <= this.#now)) {
        this.#records.put(injection, { stage: "reverting" });
        this.actions.push({ do: "revert", injection: injection.id });
      }
    }
  }

  #playStep(step: StepPlan): void {
    if (this.#stopping) this.#stopStep(step);
    const { stage } = this.#records.step(step.id);
    if (stage === "pending") this.#begin(step);
    if (this.#records.step(step.id).stage === "running") this.#goOn(step);
    this.#endStep(step);
  }

  #begin(step: StepPlan): void {
    if (this.#startedAt === null) return;
    const due = stepDue(step.start, this.#startedAt, this.#records.find);
    if (due === "never" && step.start.at === "step") {
      const { step: other, when } = step.start;
      this.#giveUp(step, `it waits until ${other} has ${when}, and ${other} was not injected`);
    } else if (typeof due === "number" && due <= this.#now) {
      this.#records.update(step.id, { stage: "running", dueAt: due });
    }
  }

  #goOn(step: StepPlan): void {
    const state = this.#records.step(step.id);
    if (state.over) return;
    if (state.queue.length > 0) {
      this.#nextInQueue(step);
      return;
    }
    const base = (state.dueAt ?? this.#now) + state.shift;
    const due = occurrenceDue(step, this.#plan.seed, state.occurrences, base);
    if (due === null) {
      this.#records.update(step.id, { over: true });
    } else if (due <= this.#now) {
      const other = step.staged ? this.#records.stagedUnderWay(this.#plan) : undefined;
      if (other === undefined) this.#begins(step, due);
      else this.#records.update(step.id, { waiting: `${other} is under way` });
    }
  }

  #begins(step: StepPlan, due: number): void {
    const chosen = this.#choose(step);
    if ("targets" in chosen) {
      this.#inject(step, chosen.targets, due);
    } else if (step.repeat !== null && !this.#isOver(step, step.repeat)) {
      this.#records.update(step.id, { waiting: chosen.short });
    } else if (this.#mayLetGo(step)) {
      this.#letGo(step);
    } else {
      this.#giveUp(step, chosen.short);
    }
  }

  #choose(step: StepPlan): { readonly targets: (TargetRef | null)[] } | { readonly short: string } {
    if (step.target === null || step.staged) return { targets: [null] };
    const chosen = chooseTargets(this.#choice(step));
    return "targets" in chosen ? { targets: chosen.targets.map(refOf) } : chosen;
  }

  #isOver({ id }: StepPlan, { forMs }: Repeat): boolean {
    const { dueAt } = this.#records.step(id);
    return forMs !== null && dueAt !== null && this.#now >= dueAt + forMs * 1000;
  }

  #inject(step: StepPlan, targets: readonly (TargetRef | null)[], due: number): void {
    const state = this.#records.step(step.id);
    const shift = state.shift + (state.waiting === null ? 0 : this.#now - due);
    const oneByOne = step.target?.by === "service" && step.target.oneByOne;
    const queue = oneByOne ? targets.flatMap((target) => target?.key ?? []) : [];
    const occurrences = state.occurrences + 1;
    this.#records.update(step.id, { occurrences, shift, waiting: null, queue: queue.slice(1) });
    for (const target of oneByOne ? targets.slice(0, 1) : targets) this.#order(step, target);
  }

  #order(step: StepPlan, target: TargetRef | null): void {
    const state = this.#records.step(step.id);
    const { kind, params, held, forMs } = deedOf(this.#plan, step, state.occurrences - 1);
    const id = `${step.id}#${state.injected + 1}`;
    if (state.startedAt === null) {
      this.actions.push({ do: "step", step: step.id, stage: "started", detail: "" });
    }
    this.#records.update(step.id, {
      injected: state.injected + 1,
      startedAt: state.startedAt ?? this.#now,
    });
    const occurrence = state.occurrences - 1;
    const fresh = { stage: "applying", appliedAt: null, busy: null } as const;
    this.#records.put({ id, step: step.id, occurrence, target, held, forMs, ...fresh });
    this.actions.push({ do: "inject", step: step.id, injection: id, kind, params, target });
  }

  /** One by one: the next only when the one before has recovered, and only when it can be harmed. */
  #nextInQueue(step: StepPlan): void {
    const { queue } = this.#records.step(step.id);
    const before = this.#records.injectionsOf(step.id);
    if (before.some(({ stage }) => stage !== "recovered" && stage !== "failed")) return;
    const choice = this.#choice(step);
    const candidates = this.#replicas.filter(({ key }) => queue.includes(key));
    const next = queue
      .map((key) => candidates.find((each) => each.key === key))
      .find((each) => each !== undefined && obstacle(choice, each) === null);
    if (next === undefined || roomIn(choice, next.service) < 1) {
      const reasons = candidates.flatMap((each) => obstacle(choice, each) ?? []);
      this.#records.update(step.id, { waiting: reasons.join(", ") || "no room in limits.down" });
      return;
    }
    this.#records.update(step.id, {
      waiting: null,
      queue: queue.filter((key) => key !== next.key),
    });
    this.#order(step, refOf(next));
  }

  /** Nothing more will be injected; what is missing is told when the step's last harm is over. */
  #giveUp(step: StepPlan, missed: string): void {
    this.#records.update(step.id, { over: true, missed, waiting: null, queue: [] });
  }

  /** What is repeated without end, or by a monkey, was never promised a number of times. */
  #mayLetGo({ id, repeat, alternatives }: StepPlan): boolean {
    const endless = repeat !== null && repeat.times === null && repeat.forMs === null;
    return (endless || alternatives !== undefined) && this.#records.step(id).injected > 0;
  }

  #letGo({ id }: StepPlan): void {
    this.#records.update(id, { over: true, waiting: null, queue: [] });
  }

  #stopStep(step: StepPlan): void {
    const state = this.#records.step(step.id);
    if (state.over) return;
    if (this.#mayLetGo(step)) {
      this.#letGo(step);
    } else {
      const why = state.waiting ?? (state.stage === "pending" ? "its time had not come" : "");
      this.#giveUp(step, `the run was stopped${why === "" ? "" : `: ${why}`}`);
    }
  }

  /** Its harm is over, perhaps its recovery too. */
  #endStep(step: StepPlan): void {
    const state = this.#records.step(step.id);
    if (!state.over) return;
    const own = this.#records.injectionsOf(step.id);
    if (own.some(({ stage }) => !OVER.has(stage))) return;
    const happened = own.some(({ stage }) => stage !== "failed");
    if (state.stage === "pending" || state.stage === "running") this.#close(step, own, happened);
    if (happened && state.recoveredAt === null && own.every(({ stage }) => stage !== "ended")) {
      this.#records.update(step.id, { recoveredAt: this.#now });
    }
  }

  #close(step: StepPlan, own: readonly InjectionState[], happened: boolean): void {
    const { missed, injected } = this.#records.step(step.id);
    const failed = own.filter(({ stage }) => stage === "failed").map(({ id }) => id);
    const reasons = failed.length === 0 ? [] : [`${failed.join(", ")} could not be applied`];
    if (missed !== null) {
      reasons.push(injected === 0 ? missed : `${wasInjected(step, injected)}; ${missed}`);
    }
    const stage = reasons.length === 0 ? "ended" : "not-injected";
    this.#records.update(step.id, { stage, endedAt: happened ? this.#now : null });
    this.actions.push({ do: "step", step: step.id, stage, detail: reasons.join("; ") });
  }

  #finish(): void {
    if (this.#done || (this.#startedAt === null && !this.#stopping)) return;
    const steps = this.#records.steps;
    const ended = steps.every(({ stage }) => stage === "ended" || stage === "not-injected");
    const end = (this.#startedAt ?? this.#now) + this.#plan.phases.chaosMs * 1000;
    if (!ended || (!this.#stopping && this.#now < end)) return;
    this.#done = true;
    this.actions.push({ do: "done" });
  }

  #choice({ id, target }: StepPlan): Choice {
    return {
      target: target as Choice["target"],
      seed: this.#plan.seed,
      step: id,
      occurrence: this.#records.step(id).occurrences,
      replicas: this.#replicas,
      harmed: this.#records.harmed(),
      down: this.#plan.limits.down,
      sameAs: target?.by === "same-as" ? this.#records.lastTargets(target.step) : [],
    };
  }

  #planOf(id: string): StepPlan {
    return this.#plan.steps.find((step) => step.id === id) as StepPlan;
  }
}

/** Stages in which an injection harms nothing any more. */
const OVER: ReadonlySet<InjectionState["stage"]> = new Set(["ended", "recovered", "failed"]);

function wasInjected({ repeat }: StepPlan, injected: number): string {
  const of = repeat?.times ?? null;
  return of === null ? `${injected} injected` : `${injected} of ${of} injected`;
}
