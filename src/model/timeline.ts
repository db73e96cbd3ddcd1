import type { PhaseName } from "./assertion.ts";
import type {
  BucketRecord,
  EngineRecord,
  GapRecord,
  InjectionRecord,
  JournalHeader,
  NoteRecord,
  OutageRecord,
  RunRecord,
  SampleRecord,
} from "./journal.ts";
import type { StepPlan, TrafficPlan } from "./plan.ts";
import type { Replica, TargetRef } from "./replica.ts";

/** A run, folded from its journal: what the measures, the judge and every report read. Times are µs since run start. */
export interface Timeline {
  readonly header: JournalHeader;
  readonly phases: readonly PhaseSpan[];
  /** The last `t` seen. */
  readonly end: number;
  /** null: the journal was cut short. */
  readonly ended: RunRecord | null;
  readonly traffic: readonly TrafficTimeline[];
  /** In plan order. */
  readonly steps: readonly StepTimeline[];
  readonly replicas: readonly ReplicaHistory[];
  readonly events: readonly EngineRecord[];
  readonly notes: readonly NoteRecord[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface PhaseSpan extends Span {
  readonly phase: PhaseName;
}

export interface TrafficTimeline {
  readonly plan: TrafficPlan;
  readonly buckets: readonly BucketRecord[];
  readonly outages: readonly OutageRecord[];
  readonly gaps: readonly GapRecord[];
  readonly samples: readonly SampleRecord[];
}

export interface StepTimeline {
  readonly plan: StepPlan;
  readonly stage: "pending" | "started" | "ended" | "skipped" | "not-injected";
  readonly detail: string;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly injections: readonly InjectionTimeline[];
}

/** One application of a step to one target. */
export interface InjectionTimeline {
  readonly id: string;
  readonly kind: string;
  readonly target: TargetRef | null;
  readonly applyingAt: number;
  /** null: it never took effect, `failure` says why. */
  readonly appliedAt: number | null;
  readonly failure: string | null;
  readonly proven: boolean | null;
  readonly outcome: string | null;
  /** Of held harm: when it was undone. Of instant harm: when it was applied. */
  readonly harmEndedAt: number | null;
  /** Healthy again, and answering where answers name replicas. */
  readonly recoveredAt: number | null;
  readonly records: readonly InjectionRecord[];
}

export interface ReplicaHistory {
  readonly name: string;
  readonly service: string;
  readonly key: string;
  /** A step has added it, and it counts only while it is there. Absent: it is declared. */
  readonly passing?: true;
  /** Ascending; the state holds from `t` to the next point. */
  readonly points: readonly { readonly t: number; readonly replica: Replica }[];
}
