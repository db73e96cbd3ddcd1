import type { ErrorClass } from "../model/assertion.ts";
import type { BucketRecord } from "../model/journal.ts";
import type { Timeline, TrafficTimeline } from "../model/timeline.ts";
import { holdsBucket, type Selection } from "./windows.ts";

/** What a measure is taken of: one traffic in one window. */
export interface Scope {
  readonly timeline: Timeline;
  readonly traffic: TrafficTimeline;
  readonly selection: Selection;
}

/** What some buckets add up to. */
export interface Totals {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  readonly dropped: number;
  readonly errors: ReadonlyMap<ErrorClass, number>;
}

/** The buckets of the traffic that belong to the window. */
export function bucketsIn({ traffic, selection }: Scope): readonly BucketRecord[] {
  return traffic.buckets.filter((bucket) => holdsBucket(selection, bucket));
}

/** Requests and failures of some buckets. */
export function totalsOf(buckets: readonly BucketRecord[]): Totals {
  const errors = new Map<ErrorClass, number>();
  let [sent, ok, dropped] = [0, 0, 0];
  for (const bucket of buckets) {
    sent += bucket.sent;
    ok += bucket.ok;
    dropped += bucket.dropped;
    for (const [name, count] of Object.entries(bucket.errors) as [ErrorClass, number][]) {
      errors.set(name, (errors.get(name) ?? 0) + count);
    }
  }
  return { sent, ok, failed: sent - ok, dropped, errors };
}
