import { z } from "zod";
import { Histogram } from "../../kit/histogram.ts";
import { BUCKET_US, type BucketRecord } from "../../model/journal.ts";
import type { Timeline, TrafficTimeline } from "../../model/timeline.ts";
import { oncePerRun } from "./once.ts";

/** How well the tester itself did: numbers that the others can be trusted by. */
export interface TesterHealth {
  readonly traffic: string;
  /** Asked for, per second. */
  readonly rate: number;
  /** Relative distance of what was offered from what was asked; 0 when nothing was due. */
  readonly rateError: number;
  /** Arrivals that could not be sent at all. */
  readonly dropped: number;
  /** From due to handed over, µs; null without a request. */
  readonly lateness: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  /** The most arrivals sent in one wake-up. */
  readonly burst: number;
}

/** Of each traffic, over everything it sent (the warm-up too): by the tester's own account, or of a run cut short by the buckets. */
export const testerHealth = oncePerRun((timeline): readonly TesterHealth[] =>
  timeline.traffic.map((traffic) => {
    const counted = countHealth(traffic);
    const own = ownAccount(timeline, traffic.plan.name);
    if (own === null) return counted;
    const { p50, p99, max } = own.lateness;
    const lateness = p50 === null || p99 === null ? null : { p50, p99, max };
    return {
      ...counted,
      rateError: own.rateError ?? counted.rateError,
      dropped: own.dropped,
      lateness,
      burst: own.maxBurst,
    };
  }),
);

const summary = z.object({
  kind: z.literal("summary"),
  traffic: z.string(),
  rateError: z.number().nullable(),
  dropped: z.number(),
  lateness: z.object({ p50: z.number().nullable(), p99: z.number().nullable(), max: z.number() }),
  maxBurst: z.number(),
});

function ownAccount({ notes }: Timeline, traffic: string): z.infer<typeof summary> | null {
  for (const { stage, facts } of notes) {
    const { data } = summary.safeParse(stage === "tester" ? facts : null);
    if (data?.traffic === traffic) return data;
  }
  return null;
}

/** How much CPU the host of the tester's machine gave to others, as shares of all its cores; null where that is not known. */
export function stealOf({ notes }: Timeline): z.infer<typeof machine> | null {
  for (const { stage, facts } of notes) {
    const { data } = machine.safeParse(stage === "tester" ? facts : null);
    if (data) return data;
  }
  return null;
}

const machine = z.object({
  kind: z.literal("machine"),
  stealShare: z.number(),
  /** That of the worst quarter of a second. */
  worstStealShare: z.number(),
});

function countHealth({ plan, buckets }: TrafficTimeline): TesterHealth {
  const lateness = new Histogram();
  for (const bucket of buckets) lateness.merge(bucket.lateness);
  const { due, offered } = arrivals(buckets, plan.rate);
  return {
    traffic: plan.name,
    rate: plan.rate,
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
