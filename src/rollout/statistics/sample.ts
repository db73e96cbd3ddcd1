import { Histogram, type SparseHistogram } from "../../kit/histogram.ts";
import type { Part } from "./fisher.ts";

/** How some replicas answered over the same time. */
export interface Sample {
  /** Who they are, for people. */
  readonly names: readonly string[];
  readonly ok: number;
  /** Answered, but not as expected. */
  readonly failed: number;
  /** Of the good answers, µs from due. */
  readonly latency: SparseHistogram;
}

/** The failed ones of all answers. */
export function failedOf({ ok, failed }: Sample): Part {
  return { has: failed, of: ok + failed };
}

/** 0..1; of no answer at all: 0. */
export function shareOf({ has, of }: Part): number {
  return of === 0 ? 0 : has / of;
}

/** All of them as one. */
export function joined(samples: readonly Sample[]): Sample {
  const latency = new Histogram();
  for (const sample of samples) latency.merge(sample.latency);
  return {
    names: [...new Set(samples.flatMap(({ names }) => names))],
    ok: samples.reduce((sum, { ok }) => sum + ok, 0),
    failed: samples.reduce((sum, { failed }) => sum + failed, 0),
    latency: latency.toSparse(),
  };
}
