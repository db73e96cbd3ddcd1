import { Histogram } from "../../kit/histogram.ts";
import { fraction } from "../../kit/seed.ts";
import type { ErrorClass } from "../../model/assertion.ts";
import {
  BUCKET_US,
  type BucketRecord,
  type GapRecord,
  type OutageRecord,
  type SampleRecord,
} from "../../model/journal.ts";
import type { Span } from "../../model/timeline.ts";

/** A stretch of the example in which a share of one traffic's requests fails, and the others are slower. */
export interface Trouble extends Span {
  readonly traffic: string;
  readonly share: number;
  readonly class: ErrorClass;
  /** Added to each success, µs. */
  readonly delay: number;
}

export interface TrafficShape {
  readonly name: string;
  readonly rate: number;
  readonly fresh: number;
  readonly end: number;
  readonly troubles: readonly Trouble[];
  /** Arrivals that the tester of this example could not send. */
  readonly dropped: number;
}

/** Buckets of an invented traffic: the same for the same shape. */
export function exampleBuckets(shape: TrafficShape): BucketRecord[] {
  return Array.from({ length: Math.floor(shape.end / BUCKET_US) }, (_, index) =>
    bucketAt(shape, index * BUCKET_US),
  );
}

/** The outages of each trouble: one where everything failed, else one of a single request in each bucket. */
export function exampleOutages(troubles: readonly Trouble[]): OutageRecord[] {
  return troubles.flatMap((trouble) => {
    const { from, to, share } = trouble;
    if (share === 1) return [outageOf(trouble, from, to)];
    const count = Math.round((to - from) / BUCKET_US);
    return Array.from({ length: count }, (_, index) => {
      const t = from + index * BUCKET_US;
      return outageOf(trouble, t, t + 5000);
    });
  });
}

/** The gap of each trouble in which everything failed. */
export function exampleGaps(troubles: readonly Trouble[]): GapRecord[] {
  return troubles
    .filter(({ share }) => share === 1)
    .map(({ traffic, from, to }) => ({ type: "gap", t: from, traffic, until: to, open: false }));
}

function outageOf(trouble: Trouble, t: number, until: number): OutageRecord {
  const failed = Math.max(1, Math.round((until - t) / 15_000));
  return {
    type: "outage",
    t,
    traffic: trouble.traffic,
    until,
    open: false,
    lower: until - t - 5000,
    upper: until - t + 5000,
    failed,
    errors: { [trouble.class]: failed },
  };
}

/** The first failed requests of each trouble. */
export function exampleSamples(troubles: readonly Trouble[]): SampleRecord[] {
  return troubles.flatMap(({ traffic, from, class: name }) =>
    [0, 1].map(
      (n): SampleRecord => ({
        type: "sample",
        t: from + n * 5000,
        traffic,
        id: `5f1c-${traffic}-${from / 1000 + n}`,
        class: name,
        status: name === "status" ? 502 : null,
        tookUs: name === "timeout" ? 1_000_400 : 2100,
        replica: null,
        version: null,
        fresh: false,
        detail: name === "timeout" ? "no answer within 1s" : "socket hang up | ECONNRESET",
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        left: 0,
      }),
    ),
  );
}

function bucketAt(shape: TrafficShape, t: number): BucketRecord {
  const trouble = shape.troubles.find(
    ({ traffic, from, to }) => traffic === shape.name && t >= from && t < to,
  );
  const due = Math.round(shape.rate / 10);
  const dropped = droppedAt(shape, t, due);
  const sent = due - dropped;
  const failed = trouble ? Math.max(1, Math.round(sent * trouble.share)) : 0;
  const freshSent = Math.round(sent * shape.fresh);
  const [latency, fresh, lateness] = [new Histogram(), new Histogram(), new Histogram()];
  let max = 0;
  for (let n = 0; n < sent; n++) {
    lateness.record(60 + 400 * fraction(7, shape.name, t, n, "late") ** 6);
    if (n >= sent - failed) continue;
    const tail = fraction(7, shape.name, t, n) ** 9;
    const us = Math.round(850 + 700 * fraction(9, t, n) + 5200 * tail + (trouble?.delay ?? 0));
    latency.record(us);
    if (n < freshSent) fresh.record(us + 0);
    max = Math.max(max, us);
  }
  const ok = sent - failed;
  const turn = Math.round(t / BUCKET_US);
  const share = (nth: number) => Math.floor((ok + ((nth + turn) % 3)) / 3);
  return {
    type: "bucket",
    t,
    traffic: shape.name,
    sent,
    ok,
    errors: trouble ? { [trouble.class]: failed } : {},
    dropped,
    latency: latency.toSparse(),
    max,
    lateness: lateness.toSparse(),
    burst: t % 1_000_000 === 0 ? 3 : 1,
    replicas: trouble
      ? { app1: Math.ceil(ok / 2), app2: 0, app3: Math.floor(ok / 2) }
      : { app1: share(0), app2: share(1), app3: share(2) },
    versions: { v1: ok },
    fresh: { sent: freshSent, ok: Math.min(freshSent, ok), latency: fresh.toSparse() },
  };
}

/** From 20 s on, until as many are dropped as the shape says. */
function droppedAt(shape: TrafficShape, t: number, due: number): number {
  const before = due * Math.round((t - 20_000_000) / BUCKET_US);
  return before < 0 ? 0 : Math.max(0, Math.min(due, shape.dropped - before));
}
