import type { PhaseName } from "../model/assertion.ts";
import type {
  BucketRecord,
  InjectionRecord,
  JournalRecord,
  OutageRecord,
} from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import { isInstant } from "./facts/kinds.ts";
import type { LiveEvent } from "./live-events.ts";
import { eventsOf } from "./live-events.ts";

/** What the live view remembers of a run: small, however long it lasts. Times are µs since run start. */
export interface LiveState {
  readonly plan: Plan;
  /** The latest time seen. */
  readonly now: number;
  readonly phase: PhaseName | null;
  readonly phaseFrom: number;
  /** Since the warm-up. */
  readonly requests: number;
  readonly failed: number;
  /** Settled buckets of the last second of due time, of all traffics. */
  readonly recent: readonly BucketRecord[];
  /** Injections whose harm is on, or whose target has not recovered. */
  readonly active: readonly ActiveInjection[];
  /** Outages that no line has told yet. */
  readonly untold: readonly OutageRecord[];
}

export interface ActiveInjection {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  /** When the harm took effect; of held harm that is over, when it ended. */
  readonly since: number;
  readonly stage: "harm" | "recovering";
}

const SECOND_US = 1_000_000;

/** Before the first record. */
export function startLive(plan: Plan): LiveState {
  return {
    plan,
    now: 0,
    phase: null,
    phaseFrom: 0,
    requests: 0,
    failed: 0,
    recent: [],
    active: [],
    untold: [],
  };
}

/** One more record: what is remembered from now on, and what a log of plain lines should tell of it. */
export function foldLive(
  state: LiveState,
  record: JournalRecord,
): { readonly state: LiveState; readonly events: readonly LiveEvent[] } {
  const now = Math.max(state.now, record.type === "outage" ? record.until : record.t);
  const { events, untold } = eventsOf(state, record, now);
  return { state: { ...remember(state, record), now, untold }, events };
}

function remember(state: LiveState, record: JournalRecord): LiveState {
  switch (record.type) {
    case "phase":
      return record.stage === "end"
        ? { ...state, phase: null }
        : { ...state, phase: record.phase, phaseFrom: record.t };
    case "bucket":
      return rememberBucket(state, record);
    case "injection":
      return { ...state, active: activeAfter(state, record) };
    default:
      return state;
  }
}

function rememberBucket(state: LiveState, bucket: BucketRecord): LiveState {
  const newest = Math.max(bucket.t, ...state.recent.map(({ t }) => t));
  const recent = [...state.recent, bucket].filter(({ t }) => t > newest - SECOND_US);
  if (state.phase === null || state.phase === "warmup") return { ...state, recent };
  return {
    ...state,
    recent,
    requests: state.requests + bucket.sent,
    failed: state.failed + bucket.sent - bucket.ok,
  };
}

function activeAfter(
  { active, plan }: LiveState,
  record: InjectionRecord,
): readonly ActiveInjection[] {
  const { injection: id, kind, target, t: since } = record;
  const others = active.filter((each) => each.id !== id);
  if (target === null) return others;
  switch (record.stage) {
    case "applied":
      return [...others, { id, kind, target: target.name, since, stage: "harm" }];
    case "ended": {
      const ended = isInstant(plan.steps, record) ? {} : { since };
      return active.map((each) =>
        each.id === id ? { ...each, ...ended, stage: "recovering" as const } : each,
      );
    }
    case "failed":
    case "recovered":
    case "unrecovered":
      return others;
    default:
      return active;
  }
}
