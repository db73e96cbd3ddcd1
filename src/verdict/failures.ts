import type { ErrorClass } from "../model/assertion.ts";
import { BUCKET_US, type BucketRecord, type SampleRecord } from "../model/journal.ts";
import type { Span } from "../model/timeline.ts";
import { bucketsIn, type Scope, totalsOf } from "./scope.ts";
import { type Harm, harmAt, harmsOf } from "./when.ts";

/** The failed requests of a window: what, when, who, and in which step. */
export interface Failures {
  readonly count: number;
  readonly sent: number;
  /** Most frequent first. */
  readonly classes: readonly FailedClass[];
  /** Of those that were answered with an unexpected status, as far as sampled. */
  readonly statuses: readonly Counted<number>[];
  /** Which harm was on; null: none. */
  readonly harms: readonly Counted<Harm | null>[];
  /** From the first to the last due time; null without a failure. */
  readonly span: Span | null;
}

/** How often requests failed in one way. */
export interface FailedClass extends Counted<ErrorClass> {
  /** Who answered these, as far as answers and samples say; most frequent first. */
  readonly replicas: readonly Counted<string>[];
}

/** How often something was seen. */
export interface Counted<T> {
  readonly what: T;
  readonly count: number;
}

/** Failures of one class, or (null) of all. Those that were not sampled are dated by the others of their bucket. */
export function failuresIn(scope: Scope, only: ErrorClass | null): Failures {
  const buckets = bucketsIn(scope);
  const harms = harmsOf(scope.timeline);
  const sampled = samplesByBucket(scope, only);
  const counts = { harms: new Map<Harm | null, number>(), sampled: [] as SampleRecord[] };
  const times: number[] = [];
  let count = 0;
  for (const bucket of buckets) {
    const failed = failedOf(bucket, only);
    if (failed === 0) continue;
    count += failed;
    const samples = sampled.get(bucketIndex(bucket)) ?? [];
    counts.sampled.push(...samples);
    const dated = samples.length > 0 ? samples : [{ t: bucket.t + BUCKET_US / 2, tookUs: 0 }];
    times.push(...dated.map(({ t }) => t));
    dated.forEach((request, index) => {
      const share = index === 0 ? failed - dated.length + 1 : 1;
      add(counts.harms, blamed(scope, harms, request), share);
    });
  }
  const errors = [...totalsOf(buckets).errors].filter(([name]) => only === null || name === only);
  return {
    count,
    sent: totalsOf(buckets).sent,
    classes: ranked(new Map(errors)).map((counted) => {
      const own = counts.sampled.filter((sample) => sample.class === counted.what);
      return { ...counted, replicas: ranked(tally(own.map(({ replica }) => replica))) };
    }),
    statuses: ranked(tally(counts.sampled.map(statusOf))),
    harms: ranked(counts.harms),
    span: times.length === 0 ? null : spanOf(times),
  };
}

/** A request is blamed on the harm that was on when it was due, or that came while it was under way, or had just ended. */
function blamed(
  { traffic }: Scope,
  harms: readonly Harm[],
  { t, tookUs }: Pick<SampleRecord, "t" | "tookUs">,
): Harm | null {
  return (
    harmAt(harms, t, 0) ??
    harmAt(harms, t + tookUs, 0) ??
    harmAt(harms, t, traffic.plan.timeoutMs * 1000)
  );
}

/** null: it failed in another way, whatever its status. */
function statusOf(sample: SampleRecord): number | null {
  return sample.class === "status" ? sample.status : null;
}

function samplesByBucket(
  { traffic }: Scope,
  only: ErrorClass | null,
): ReadonlyMap<number, readonly SampleRecord[]> {
  const groups = new Map<number, SampleRecord[]>();
  for (const sample of traffic.samples) {
    if (only !== null && sample.class !== only) continue;
    const group = groups.get(bucketIndex(sample));
    if (group) group.push(sample);
    else groups.set(bucketIndex(sample), [sample]);
  }
  return groups;
}

function bucketIndex({ t }: { readonly t: number }): number {
  return Math.floor(t / BUCKET_US);
}

function failedOf(bucket: BucketRecord, only: ErrorClass | null): number {
  return only === null ? bucket.sent - bucket.ok : (bucket.errors[only] ?? 0);
}

function tally<T>(items: readonly (T | null)[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) if (item !== null) add(counts, item, 1);
  return counts;
}

function add<T>(counts: Map<T, number>, what: T, count: number): void {
  counts.set(what, (counts.get(what) ?? 0) + count);
}

/** Most frequent first; equals in the order they were first seen. */
function ranked<T>(counts: Map<T, number>): Counted<T>[] {
  return [...counts].map(([what, count]) => ({ what, count })).sort((a, b) => b.count - a.count);
}

function spanOf(times: readonly number[]): Span {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const t of times) {
    from = Math.min(from, t);
    to = Math.max(to, t);
  }
  return { from, to };
}
