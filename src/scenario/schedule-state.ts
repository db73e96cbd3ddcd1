import type { Json } from "../kit/world.ts";
import type { Plan } from "../model/plan.ts";
import type { Replica, TargetRef } from "../model/replica.ts";

/** Everything the scheduler knows: immutable JSON. Times are µs since run start. */
export interface SchedulerState {
  readonly plan: Plan;
  /** When chaos began; null before. */
  readonly startedAt: number | null;
  readonly stopping: boolean;
  readonly done: boolean;
  /** In plan order. */
  readonly steps: readonly StepState[];
  readonly injections: readonly InjectionState[];
}

export interface StepState {
  readonly id: string;
  readonly stage: "pending" | "running" | "ended" | "not-injected";
  /** When its time had come: what occurrences are counted from. */
  readonly dueAt: number | null;
  /** The first injection was ordered; the last harm ended; the last target recovered. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly recoveredAt: number | null;
  /** Occurrences begun. */
  readonly occurrences: number;
  /** How far waiting for targets has put off the occurrences to come, µs. */
  readonly shift: number;
  /** Why the next occurrence, or the next target of this one, has to wait; null when it does not. */
  readonly waiting: string | null;
  /** Keys of replicas still to come in this occurrence, one by one. */
  readonly queue: readonly string[];
  /** Injection numbers consumed. */
  readonly injected: number;
  /** Nothing more will be injected. */
  readonly over: boolean;
  /** What could not be injected. */
  readonly missed: string | null;
}

export interface InjectionState {
  readonly id: string;
  readonly step: string;
  readonly occurrence: number;
  readonly target: TargetRef | null;
  readonly held: boolean;
  /** How long it is held; null: by the step's end rule. */
  readonly forMs: number | null;
  readonly stage: "applying" | "applied" | "reverting" | "ended" | "recovered" | "failed";
  readonly appliedAt: number | null;
  /** Of one with stages: key of the replica that it is at. */
  readonly busy: string | null;
}

/** What has happened, at `now`, with the replicas as they are now. */
export type SchedulerInput = SchedulerEvent & {
  readonly now: number;
  readonly replicas: readonly Replica[];
};

export type SchedulerEvent =
  /** Chaos begins. */
  | { readonly type: "start" }
  /** Time has passed, or a replica has changed. */
  | { readonly type: "tick" }
  /** `ended`: the harm is undone; an instant fault ends as it is applied, telling so is allowed. */
  | { readonly type: "applied" | "failed" | "ended" | "recovered"; readonly injection: string }
  /** A staged injection has come to another replica (key), or to none. */
  | { readonly type: "busy"; readonly injection: string; readonly replica: string | null }
  /** No further injections; what is held is undone, then done. */
  | { readonly type: "stop" };

export type SchedulerAction =
  | {
      readonly do: "inject";
      readonly step: string;
      /** `storm#3` */
      readonly injection: string;
      readonly kind: string;
      readonly params: Json;
      readonly target: TargetRef | null;
    }
  | { readonly do: "revert"; readonly injection: string }
  | {
      readonly do: "step";
      readonly step: string;
      readonly stage: "started" | "ended" | "not-injected";
      readonly detail: string;
    }
  /** Once: every step has ended, all harm is over, and chaos has lasted as long as it should. */
  | { readonly do: "done" };
