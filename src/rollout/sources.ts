import type { BucketRecord, SourceSlot } from "../model/journal.ts";
import { joined, type Sample } from "./statistics/sample.ts";

/** Who gave an answer. */
export type Source = Pick<SourceSlot, "replica" | "version">;

/** The answers of one replica in one version. */
export interface SourceSample extends Source {
  readonly sample: Sample;
}

/** One sample for each replica and version that has answered from `since` (µs) on, in the order of their first answers. */
export function samplesBySource(buckets: readonly BucketRecord[], since: number): SourceSample[] {
  const groups = new Map<string, Slot[]>();
  for (const slot of slotsOf(buckets, since)) {
    const key = JSON.stringify([slot.replica, slot.version]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [slot]);
    else group.push(slot);
  }
  return [...groups.values()].map((slots) => {
    const { replica, version } = slots[0] as Slot;
    return { replica, version, sample: joined(slots.map(sampleOfSlot)) };
  });
}

/**
 * Failed requests due in buckets from `since` (µs) on for which nobody can be named, on traffics whose answers name somebody
 * in any of the buckets, also earlier ones.
 */
export function unclaimedSince(buckets: readonly BucketRecord[], since: number): number {
  const naming = new Set(
    slotsOf(buckets, 0)
      .filter(isNamed)
      .map(({ traffic }) => traffic),
  );
  const recent = buckets.filter(({ t, traffic }) => t >= since && naming.has(traffic));
  const failed = recent.reduce((sum, { errors }) => sum + total(Object.values(errors)), 0);
  const claimed = slotsOf(recent, since).filter(isNamed);
  return failed - total(claimed.map((slot) => slot.failed));
}

type Slot = SourceSlot & { readonly traffic: string };

function slotsOf(buckets: readonly BucketRecord[], since: number): Slot[] {
  return buckets
    .filter(({ t }) => t >= since)
    .flatMap(({ traffic, sources = [] }) => sources.map((slot) => ({ ...slot, traffic })));
}

function isNamed({ replica, version }: Source): boolean {
  return replica !== null || version !== null;
}

function sampleOfSlot({ replica, version, ok, failed, latency }: Slot): Sample {
  const name = replica ?? version;
  return { names: name === null ? [] : [name], ok, failed, latency };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
