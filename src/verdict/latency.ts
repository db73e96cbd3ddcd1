import { Histogram, type SparseHistogram } from "../kit/histogram.ts";
import { formatDuration } from "../kit/units.ts";
import { formatCount, known, type Measured, unknown } from "./measured.ts";
import { bucketsIn, type Scope } from "./scope.ts";

/** Latency of successes from their due time, in ms, at a quantile; one that rests on too few samples decides nothing. */
export function measureLatency(scope: Scope, quantile: number): Measured {
  const buckets = bucketsIn(scope);
  const max = buckets.reduce((largest, bucket) => Math.max(largest, bucket.max), 0);
  const samples = buckets.reduce((sum, { ok }) => sum + ok, 0);
  const us = mergedQuantile(
    buckets.map(({ latency }) => latency),
    quantile,
  );
  if (us === null) return unknown("ms", "no request succeeded in this window", { samples: 0 });
  const ms = (quantile >= 1 ? max : Math.min(us, max)) / 1000;
  const needed = samplesNeeded(quantile);
  if (samples >= needed) return known("ms", ms, { samples });
  const unfit = `${quantileName(quantile)} needs ${formatCount(needed)} successes, there were ${formatCount(samples)}`;
  return unknown("ms", unfit, { samples, text: `${formatDuration(ms)} (of ${samples})` });
}

/** The quantile of merged sparse histograms, in µs; null without a sample. */
export function mergedQuantile(parts: Iterable<SparseHistogram>, quantile: number): number | null {
  const merged = new Histogram();
  for (const part of parts) merged.merge(part);
  return merged.total === 0 ? null : merged.quantile(quantile);
}

/** `p99.9`, `max`. */
export function quantileName(quantile: number): string {
  return quantile >= 1 ? "max" : `p${Number((quantile * 100).toFixed(4))}`;
}

/** Ten samples beyond the quantile. The subtrahend keeps 10 / (1 - 0.9) from being 100.00000000000003. */
function samplesNeeded(quantile: number): number {
  return quantile >= 1 ? 1 : Math.ceil(10 / (1 - quantile) - 1e-6);
}
