import type { BucketRecord } from "../model/journal.ts";
import type { AbortRule } from "../model/plan.ts";

/** For the steady gate. */
const LEAST_MS = 10_000;

/**
 * The newest settled buckets of each traffic, as far back as an abort rule looks. Each traffic is as old as its own
 * newest bucket: one that hangs tells nothing for as long as its timeout, and must not lose what came before to the others.
 */
export class RecentBuckets {
  readonly #keptUs: number;
  readonly #byTraffic = new Map<string, BucketRecord[]>();

  constructor(rules: readonly Pick<AbortRule, "overMs">[]) {
    this.#keptUs = Math.max(LEAST_MS, ...rules.map(({ overMs }) => overMs)) * 1000;
  }

  see(bucket: BucketRecord): void {
    const own = this.#byTraffic.get(bucket.traffic) ?? [];
    this.#byTraffic.set(bucket.traffic, own);
    own.push(bucket);
    const from = bucket.t - this.#keptUs;
    while (own[0] !== undefined && own[0].t < from) own.shift();
  }

  /** In the order of time. */
  of(traffic: string): readonly BucketRecord[] {
    return this.#byTraffic.get(traffic) ?? [];
  }
}
