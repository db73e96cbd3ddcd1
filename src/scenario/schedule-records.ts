import type { Plan } from "../model/plan.ts";
import type { InjectionState, SchedulerState, StepState } from "./schedule-state.ts";

/** The records of a schedule during one turn: replaced, never changed. */
export class ScheduleRecords {
  /** Has any record been replaced since this was last set to false? */
  changed = false;
  readonly #steps: Map<string, StepState>;
  readonly #injections: Map<string, InjectionState>;

  constructor(state: SchedulerState) {
    this.#steps = new Map(state.steps.map((step) => [step.id, step]));
    this.#injections = new Map(state.injections.map((injection) => [injection.id, injection]));
  }

  get steps(): StepState[] {
    return [...this.#steps.values()];
  }

  get injections(): InjectionState[] {
    return [...this.#injections.values()];
  }

  readonly find = (step: string): StepState | undefined => this.#steps.get(step);

  /** Of a step that the plan has. */
  step(id: string): StepState {
    return this.#steps.get(id) as StepState;
  }

  injection(id: string): InjectionState | undefined {
    return this.#injections.get(id);
  }

  injectionsOf(step: string): InjectionState[] {
    return this.injections.filter((injection) => injection.step === step);
  }

  /** The injection with stages that has not ended: another one has to wait for it. */
  stagedUnderWay({ steps }: Plan): string | undefined {
    const staged = new Set(steps.flatMap((step) => (step.staged ? step.id : [])));
    return this.injections.find(({ stage, step }) => stage === "applying" && staged.has(step))?.id;
  }

  /** Key of a replica -> the injection it has not yet recovered from. */
  harmed(): ReadonlyMap<string, string> {
    const harmed = new Map<string, string>();
    for (const { id, target, stage, busy } of this.#injections.values()) {
      const key = target?.key ?? busy;
      if (key !== null && stage !== "recovered" && stage !== "failed") harmed.set(key, id);
    }
    return harmed;
  }

  /** Keys of the replicas that the last occurrence of a step hit. */
  lastTargets(step: string): string[] {
    const own = this.injectionsOf(step);
    const last = own.at(-1)?.occurrence;
    return own.flatMap(({ occurrence, target }) =>
      occurrence === last ? (target?.key ?? []) : [],
    );
  }

  update(id: string, change: Partial<StepState>): void {
    const before = this.step(id);
    const after = { ...before, ...change };
    const fields = Object.keys(change) as (keyof StepState)[];
    if (fields.every((field) => isSame(before[field], after[field]))) return;
    this.#steps.set(id, after);
    this.changed = true;
  }

  put(injection: InjectionState, change: Partial<InjectionState> = {}): void {
    this.#injections.set(injection.id, { ...injection, ...change });
    this.changed = true;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === 0 && b.length === 0);
}
