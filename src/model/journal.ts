import type { SparseHistogram } from "../kit/histogram.ts";
import type { Json } from "../kit/world.ts";
import type { ErrorClass, PhaseName } from "./assertion.ts";
import type { Plan, Vantage } from "./plan.ts";
import type { EngineEvent, TargetRef } from "./replica.ts";
import type { Stack } from "./stack.ts";

export const JOURNAL_VERSION = 1;

/** First line of a journal. Wall time stands here and nowhere else. */
export interface JournalHeader {
  readonly journal: typeof JOURNAL_VERSION;
  readonly aegis: string;
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly engine: string;
  readonly vantage: Vantage;
  /** Why it is inside, where nobody asked for that; absent otherwise. */
  readonly vantageReason?: string;
  readonly project: string;
  readonly plan: Plan;
  /** Who is who: service -> replica names, as declared. Environments stay out (secrets). */
  readonly services: Readonly<Record<string, readonly string[]>>;
  /** Do answers name the replica, the version? What later numbers rest on. */
  readonly identify: { readonly replica: boolean; readonly version: boolean };
  /** Service -> what tells that a replica of it is ready; one of which that is not known is left out. Absent in older journals. */
  readonly readiness?: Readonly<Record<string, Readiness>>;
}

/** An answer over HTTP, a healthcheck, or no more than that it runs. */
export type Readiness = "answer" | "health" | "running";

/** Every record: `t` is µs since the start of the run, on one monotonic clock. */
export type JournalRecord =
  | RunRecord
  | PhaseRecord
  | StepRecord
  | InjectionRecord
  | EngineRecord
  | BucketRecord
  | OutageRecord
  | GapRecord
  | SampleRecord
  | NoteRecord;

/** How the run ended. A journal without one was cut short. */
export interface RunRecord {
  readonly type: "run";
  readonly t: number;
  readonly stage: "ended";
  readonly reason:
    | "complete"
    | "aborted"
    | "interrupted"
    /** By a STOP file. */
    | "stopped"
    | "not-steady"
    | "time-limit"
    | "failed";
  /** The sentence for people: which abort rule, which signal, which file, what was not steady. */
  readonly detail: string;
  readonly signal: "SIGINT" | "SIGTERM" | "SIGHUP" | null;
}

export interface PhaseRecord {
  readonly type: "phase";
  readonly t: number;
  readonly phase: PhaseName;
  /** `end` closes the last one. */
  readonly stage: "start" | "end";
}

export interface StepRecord {
  readonly type: "step";
  readonly t: number;
  readonly step: string;
  /** Of a repeated step, one `started` and one `ended` for the whole. `not-injected`: no target, or an apply that failed. */
  readonly stage: "started" | "ended" | "skipped" | "not-injected";
  readonly detail: string;
}

export interface InjectionRecord {
  readonly type: "injection";
  readonly t: number;
  readonly step: string;
  /** `storm#3` */
  readonly injection: string;
  readonly kind: string;
  /** null for kinds without a target. */
  readonly target: TargetRef | null;
  /**
   * applying -> applied (t: when it had taken effect) | failed; then, for held harm, ended (the harm is over: revert done);
   * recovered (healthy again and, where answers name replicas, answering well), or unrecovered at the end of the run.
   * proven / unproven come once, when the evidence has been weighed.
   */
  readonly stage:
    | "applying"
    | "applied"
    | "failed"
    | "proven"
    | "unproven"
    | "ended"
    | "recovered"
    | "unrecovered";
  /** Of proven: one of the kind's outcomes. */
  readonly outcome: string | null;
  readonly detail: string;
  /** What apply returned, facts for reports. */
  readonly facts: Json;
}

export interface EngineRecord {
  readonly type: "engine";
  readonly t: number;
  readonly event: Omit<EngineEvent, "at">;
}

/** 100 ms of due time of one traffic, written once its requests have settled. */
export interface BucketRecord {
  readonly type: "bucket";
  /** Start of the bucket. */
  readonly t: number;
  readonly traffic: string;
  /** Arrivals due in it that were sent: ok + all errors. */
  readonly sent: number;
  readonly ok: number;
  readonly errors: Partial<Record<ErrorClass, number>>;
  /** Arrivals the tester could not send (in-flight cap): no failure, but a doubt. */
  readonly dropped: number;
  /** Of successes, µs from due; and the exact largest one. */
  readonly latency: SparseHistogram;
  readonly max: number;
  /** µs from due to handed to the socket layer or queue by the scheduler. */
  readonly lateness: SparseHistogram;
  /** The most arrivals sent in one wake-up. */
  readonly burst: number;
  /** Answers (of any status) by who gave them; absent names are zero. */
  readonly replicas: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, number>>;
  /** Successes by the replica that gave them. Absent where no answer names one, and in older journals. */
  readonly good?: Readonly<Record<string, number>>;
  /** Who answered how, where the plan has a step that compares replicas; absent otherwise. */
  readonly sources?: readonly SourceSlot[];
  /** Of these, on a fresh connection each. */
  readonly fresh: { readonly sent: number; readonly ok: number; readonly latency: SparseHistogram };
}
export const BUCKET_US = 100_000;

/** The answers of one replica in one version. */
export interface SourceSlot {
  readonly replica: string | null;
  readonly version: string | null;
  readonly ok: number;
  /** Answered, but not as expected. */
  readonly failed: number;
  /** Of the good ones, µs from due. */
  readonly latency: SparseHistogram;
}

/** From the due time of the first failure to that of the next success. */
export interface OutageRecord {
  readonly type: "outage";
  /** Due time of the first failed request. */
  readonly t: number;
  readonly traffic: string;
  /** Due time of the next success; when the traffic ended first: the end, and `open`. */
  readonly until: number;
  readonly open: boolean;
  /** The true outage lies between: last fail - first fail, and next ok - last ok before. */
  readonly lower: number;
  readonly upper: number;
  readonly failed: number;
  readonly errors: Partial<Record<ErrorClass, number>>;
}

/** The longest stretch without a successful completion that ended in one bucket; short ones are left out. */
export interface GapRecord {
  readonly type: "gap";
  /** Completion of the success before it (or the start of the traffic). */
  readonly t: number;
  readonly traffic: string;
  /** Completion of the success that ended it, or the end of the traffic, and `open`. */
  readonly until: number;
  readonly open: boolean;
}

/** One failed request, whole. Bounded per bucket; `left` tells how many of the bucket were not kept. */
export interface SampleRecord {
  readonly type: "sample";
  /** Due time. */
  readonly t: number;
  readonly traffic: string;
  readonly id: string;
  readonly class: ErrorClass;
  readonly status: number | null;
  readonly tookUs: number;
  readonly replica: string | null;
  readonly version: string | null;
  readonly fresh: boolean;
  /** errno or message of the client, masked. */
  readonly detail: string;
  readonly traceparent: string;
  readonly left: number;
}

/** Everything else: stages of later step kinds, the tester's own health, residue, logs folded into counts. */
export interface NoteRecord {
  readonly type: "note";
  readonly t: number;
  readonly step: string | null;
  /** Known stages: `tester`, `clock`, `duplicates`, `residue`, `stack`, `unsupported`, `steady`. */
  readonly stage: string;
  readonly facts: Json;
}

/** Services of a stack by name, for the header. */
export function servicesOf(stack: Stack): Record<string, string[]> {
  const services: Record<string, string[]> = {};
  for (const { service, name } of stack.replicas) {
    services[service] = [...(services[service] ?? []), name];
  }
  return services;
}
