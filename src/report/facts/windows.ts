import { Histogram, type SparseHistogram } from "../../kit/histogram.ts";
import type { ErrorClass, Window } from "../../model/assertion.ts";
import type { BucketRecord } from "../../model/journal.ts";
import type { Span, Timeline, TrafficTimeline } from "../../model/timeline.ts";
import { wilson } from "../../verdict/interval.ts";
import { bucketsIn, totalsOf } from "../../verdict/scope.ts";
import { selectWindow } from "../../verdict/windows.ts";
import { withoutHistogram } from "./histograms.ts";
import { oncePerRun } from "./once.ts";

/** What happened to one traffic in one window: a row of every report's main table. */
export interface WindowFacts extends Counts {
  readonly traffic: string;
  /** `whole run`, `baseline`, `during freeze`. */
  readonly name: string;
  readonly kind: "run" | "phase" | "step";
  readonly spans: readonly Span[];
  readonly dropped: number;
  readonly errors: readonly { readonly class: ErrorClass; readonly count: number }[];
  /** Requests on a kept-alive and on a fresh connection each; null when no fresh ones were asked for. */
  readonly connections: { readonly kept: Counts; readonly fresh: Counts } | null;
}

/** Requests, failures and the latency of successes. */
export interface Counts {
  readonly requests: number;
  readonly failed: number;
  /** The share that succeeded, with its 95 % interval; null when there was no request. */
  readonly success: { readonly share: number; readonly low: number; readonly high: number } | null;
  /** Of successes, µs from due; null when there was none. */
  readonly latency: Latency | null;
}

export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** The whole run, each phase that was reached, and the time during each step that was applied; per traffic. */
export const windowFacts = oncePerRun((timeline): readonly WindowFacts[] => {
  const windows = windowsOf(timeline);
  return timeline.traffic.flatMap((traffic) =>
    windows.flatMap((window) => factsOf(timeline, traffic, window) ?? []),
  );
});

/** One traffic over the whole measured run. */
export function runFacts(timeline: Timeline, traffic: TrafficTimeline): WindowFacts | null {
  return factsOf(timeline, traffic, WHOLE_RUN);
}

interface Named {
  readonly name: string;
  readonly kind: WindowFacts["kind"];
  readonly window: Window;
}

const WHOLE_RUN: Named = { name: "whole run", kind: "run", window: { kind: "run" } };

function windowsOf(timeline: Timeline): Named[] {
  const phases = timeline.phases
    .filter(({ phase, from, to }) => phase !== "warmup" && to > from)
    .map(({ phase }): Named => ({ name: phase, kind: "phase", window: { kind: "phase", phase } }));
  const steps = timeline.steps
    .filter(({ injections }) => injections.some(({ target }) => target !== null))
    .map(({ plan }): Named => {
      const window: Window = { kind: "during", step: plan.id, plusMs: 0 };
      return { name: `during ${plan.id}`, kind: "step", window };
    });
  return [WHOLE_RUN, ...phases, ...steps];
}

function factsOf(
  timeline: Timeline,
  traffic: TrafficTimeline,
  { name, kind, window }: Named,
): WindowFacts | null {
  const selection = selectWindow(timeline, window);
  if (selection.absent !== null) return null;
  const buckets = bucketsIn({ timeline, traffic, selection });
  const { sent, ok, dropped, errors } = totalsOf(buckets);
  const max = buckets.reduce((largest, bucket) => Math.max(largest, bucket.max), 0);
  return {
    traffic: traffic.plan.name,
    name,
    kind,
    spans: selection.spans,
    ...countsOf(sent, ok, merged(buckets.map(({ latency }) => latency)), max),
    dropped,
    errors: [...errors]
      .map(([errorClass, count]) => ({ class: errorClass, count }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || a.class.localeCompare(b.class)),
    connections: connectionsOf(buckets, max),
  };
}

function connectionsOf(
  buckets: readonly BucketRecord[],
  max: number,
): WindowFacts["connections"] | null {
  const sent = sum(buckets, ({ fresh }) => fresh.sent);
  if (sent === 0) return null;
  const ok = sum(buckets, ({ fresh }) => fresh.ok);
  const keptSent = sum(buckets, (bucket) => bucket.sent) - sent;
  const keptOk = sum(buckets, (bucket) => bucket.ok) - ok;
  const fresh = merged(buckets.map((bucket) => bucket.fresh.latency));
  const kept = merged(
    buckets.map((bucket) => withoutHistogram(bucket.latency, bucket.fresh.latency)),
  );
  return {
    kept: countsOf(keptSent, keptOk, kept, Math.min(max, kept.max)),
    fresh: countsOf(sent, ok, fresh, Math.min(max, fresh.max)),
  };
}

function countsOf(sent: number, ok: number, latency: Histogram, max: number): Counts {
  const { from, to } = wilson(ok, sent);
  return {
    requests: sent,
    failed: sent - ok,
    success: sent === 0 ? null : { share: ok / sent, low: from, high: to },
    latency: latencyOf(latency, max),
  };
}

function latencyOf(histogram: Histogram, max: number): Latency | null {
  if (histogram.total === 0) return null;
  const at = (quantile: number) => Math.min(histogram.quantile(quantile), max);
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999), max };
}

function merged(parts: readonly SparseHistogram[]): Histogram {
  const histogram = new Histogram();
  for (const part of parts) histogram.merge(part);
  return histogram;
}

function sum(buckets: readonly BucketRecord[], of: (bucket: BucketRecord) => number): number {
  return buckets.reduce((total, bucket) => total + of(bucket), 0);
}
