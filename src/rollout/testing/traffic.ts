import { bucketOf } from "../../kit/histogram.ts";
import type { BucketRecord, SourceSlot } from "../../model/journal.ts";
import type { Replica } from "../../model/replica.ts";

/** How a replica answers: within 100 ms, `ok` good answers of `ms`, and `failed` others. What it calls itself may be told. */
export interface Answers extends Partial<Pick<SourceSlot, "replica" | "version">> {
  readonly ok?: number;
  readonly failed?: number;
  readonly ms?: number;
}

/** What the tester would tell of 100 ms from `t` (µs) on, of everyone who is ready. A newcomer answers under the name of the one that it is beside. */
export function bucketAt(
  t: number,
  replicas: readonly Replica[],
  answersOf: (replica: Replica) => Answers | null,
): BucketRecord {
  const sources = replicas.flatMap((replica) => {
    const answers = replica.ready ? answersOf(replica) : null;
    return answers === null ? [] : slotOf(replica, answers);
  });
  return bucketOfSources(t, sources);
}

/** A bucket of these answers and no others. */
export function bucketOfSources(t: number, sources: readonly SourceSlot[]): BucketRecord {
  const ok = sources.reduce((sum, one) => sum + one.ok, 0);
  const failed = sources.reduce((sum, one) => sum + one.failed, 0);
  return {
    type: "bucket",
    t,
    traffic: "main",
    sent: ok + failed,
    ok,
    errors: failed === 0 ? {} : { status: failed },
    dropped: 0,
    latency: [],
    max: 0,
    lateness: [],
    burst: 1,
    replicas: {},
    versions: {},
    fresh: { sent: 0, ok: 0, latency: [] },
    sources,
  };
}

function slotOf({ name, version }: Replica, answers: Answers): SourceSlot {
  const { ok = 10, failed = 0, ms = 10 } = answers;
  const replica = answers.replica === undefined ? name.replace("+", "") : answers.replica;
  return {
    replica,
    version: answers.version === undefined ? version : answers.version,
    ok,
    failed,
    latency: ok === 0 ? [] : [bucketOf(ms * 1000), ok],
  };
}
