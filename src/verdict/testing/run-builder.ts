import type { Json } from "../../kit/world.ts";
import type { PhaseName } from "../../model/assertion.ts";
import type {
  InjectionRecord,
  JournalHeader,
  JournalRecord,
  RunRecord,
} from "../../model/journal.ts";
import type { Plan } from "../../model/plan.ts";
import type { Replica, TargetRef } from "../../model/replica.ts";
import type { Timeline } from "../../model/timeline.ts";
import { foldTimeline } from "../timeline.ts";
import { HEADER, PLAN, REPLICA } from "./made-plan.ts";
import { type MadeRequest, MS, recordsOf, S } from "./made-requests.ts";

/** A made-up run for tests: written down record by record, or request by request, and folded like a real one. */
export class RunBuilder {
  readonly records: JournalRecord[] = [];
  readonly #plan: Plan;

  constructor(plan: Partial<Plan> = {}) {
    this.#plan = { ...PLAN, ...plan };
  }

  get header(): JournalHeader {
    return { ...HEADER, plan: this.#plan };
  }

  /** Phases one after the other, in seconds. */
  phases(lengths: Partial<Record<PhaseName, number>>): this {
    let t = 0;
    for (const [phase, seconds] of Object.entries(lengths) as [PhaseName, number][]) {
      this.records.push({ type: "phase", t, phase, stage: "start" });
      t += seconds * S;
      this.records.push({ type: "phase", t, phase, stage: "end" });
    }
    return this;
  }

  /** Every 10 ms one request of 10 ms from `from` to `to`; `change` says what is different about each. */
  traffic(
    from: number,
    to: number,
    change: (due: number) => Partial<MadeRequest> = () => ({}),
    name = "main",
  ): this {
    const requests: MadeRequest[] = [];
    for (let due = from; due < to; due += 10 * MS) {
      requests.push({ due, took: 10 * MS, error: null, ...change(due) });
    }
    return this.requests(requests, to, name);
  }

  /** Requests in due order as the tester would journal them; the traffic ended at `end`. */
  requests(requests: readonly MadeRequest[], end: number, name = "main"): this {
    this.records.push(...recordsOf(requests, end, name));
    return this;
  }

  /** The stages of one injection with their times. */
  injection(
    id: string,
    target: string | null,
    stages: Partial<Record<InjectionRecord["stage"], number>>,
    more: Partial<InjectionRecord> = {},
  ): this {
    const [step = id] = id.split("#");
    const { kind = "crash" } = this.#plan.steps.find((plan) => plan.id === step) ?? {};
    for (const [stage, t] of Object.entries(stages) as [InjectionRecord["stage"], number][]) {
      this.records.push({
        type: "injection",
        t,
        step,
        injection: id,
        kind,
        target: target === null ? null : targetRef(target),
        stage,
        outcome: stage === "proven" ? "injected" : null,
        detail: "",
        facts: null,
        ...more,
      });
    }
    return this;
  }

  step(
    step: string,
    stage: "started" | "ended" | "skipped" | "not-injected",
    t: number,
    detail = "",
  ): this {
    this.records.push({ type: "step", t, step, stage, detail });
    return this;
  }

  /** What the engine says of a replica of `app` from `t` on. */
  replica(t: number, name: string, change: Partial<Replica> = {}): this {
    const replica = { ...REPLICA, key: `p/${name}`, name, ...change };
    const { instance } = replica;
    const event = { replica, instance, exitCode: null, signal: null } as const;
    this.records.push({ type: "engine", t, event: { type: "snapshot", by: "itself", ...event } });
    return this;
  }

  note(stage: string, facts: Json, t = 0): this {
    this.records.push({ type: "note", t, step: null, stage, facts });
    return this;
  }

  ended(reason: RunRecord["reason"], t: number, more: Partial<RunRecord> = {}): this {
    const record = { type: "run", t, stage: "ended", reason, detail: "", signal: null } as const;
    this.records.push({ ...record, ...more });
    return this;
  }

  timeline(): Timeline {
    return foldTimeline(this.header, this.records);
  }
}

function targetRef(name: string): TargetRef {
  return { key: `p/${name}`, service: "app", name, instance: "100" };
}
