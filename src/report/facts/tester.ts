import { Histogram } from "../../kit/histogram.ts";
import { BUCKET_US, type BucketRecord } from "../../model/journal.ts";
import type { TrafficTimeline } from "../../model/timeline.ts";

/** How well the tester itself did: numbers that the others can be trusted by. */
export interface TesterHealth {
  readonly traffic: string;
  /** Asked for, per second. */
  readonly rate: number;
  /** What was due between the second bucket and the last, and what came; (came - due) / due, 0 when nothing was due. */
  readonly due: number;
  readonly offered: number;
  readonly rateError: number;
  /** Arrivals that could not be sent at all. */
  readonly dropped: number;
  /** From due to handed over, µs; null without a request. */
  readonly lateness: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  /** The most arrivals sent in one wake-up. */
  readonly burst: number;
}

/** Of one traffic, over everything it sent (the warm-up too). */
export function testerHealth({ plan, buckets }: TrafficTimeline): TesterHealth {
  const lateness = new Histogram();
  for (const bucket of buckets) lateness.merge(bucket.lateness);
  const { due, offered } = arrivals(buckets, plan.rate);
  return {
    traffic: plan.name,
    rate: plan.rate,
    due,
    offered,
    rateError: due === 0 ? 0 : (offered - due) / due,
    dropped: buckets.reduce((total, { dropped }) => total + dropped, 0),
    lateness: latenessOf(lateness),
    burst: buckets.reduce((most, { burst }) => Math.max(most, burst), 0),
  };
}

/** The first and the last bucket are rarely whole, so they stay out. */
function arrivals(
  buckets: readonly BucketRecord[],
  rate: number,
): { readonly due: number; readonly offered: number } {
  const whole = buckets.slice(1, -1);
  const [first, last] = [whole[0], whole.at(-1)];
  if (!first || !last) return { due: 0, offered: 0 };
  const due = Math.round(((last.t + BUCKET_US - first.t) / 1e6) * rate);
  const offered = whole.reduce((total, { sent, dropped }) => total + sent + dropped, 0);
  return { due, offered };
}

function latenessOf(lateness: Histogram): TesterHealth["lateness"] {
  if (lateness.total === 0) return null;
  return { p50: lateness.quantile(0.5), p99: lateness.quantile(0.99), max: lateness.max };
}
