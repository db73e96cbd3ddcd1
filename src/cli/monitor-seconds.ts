import { Histogram } from "../kit/histogram.ts";
import { BUCKET_US, type BucketRecord } from "../model/journal.ts";

/** One second of one traffic, by due time. */
export interface MonitorSecond {
  /** Its start, µs since run start. */
  readonly t: number;
  readonly sent: number;
  readonly ok: number;
  readonly dropped: number;
  /** Failures by class, the most frequent first. */
  readonly errors: readonly (readonly [string, number])[];
  /** Of successes, µs; NaN when there was none. */
  readonly p50: number;
  readonly p99: number;
  /** Answers by version, by name. */
  readonly versions: readonly (readonly [string, number])[];
  /** Ten tenths: the slowest success in µs, `failed` when not all succeeded, null when nothing was due. */
  readonly tenths: readonly (number | "failed" | null)[];
}

const SECOND_US = 1_000_000;
/** The rest of less than this, when the traffic ends, is no second worth telling. */
const WORTH_US = 500_000;

/** Folds settled buckets into seconds. `push` returns the seconds that are complete by it. */
export class MonitorSeconds {
  #start: number | null = null;
  #buckets: BucketRecord[] = [];

  push(bucket: BucketRecord): MonitorSecond | null {
    this.#start ??= bucket.t;
    const start = this.#start + Math.floor((bucket.t - this.#start) / SECOND_US) * SECOND_US;
    const done = start > this.#start ? this.#take() : null;
    this.#start = start;
    this.#buckets.push(bucket);
    return done;
  }

  /** The second that the end has cut short; null when too little of it has been seen. */
  end(): MonitorSecond | null {
    const last = this.#buckets.at(-1);
    const seen = last === undefined ? 0 : last.t + BUCKET_US - (this.#start ?? 0);
    return seen < WORTH_US ? null : this.#take();
  }

  #take(): MonitorSecond | null {
    if (this.#start === null || this.#buckets.length === 0) return null;
    const second = foldSecond(this.#start, this.#buckets);
    this.#buckets = [];
    return second;
  }
}

function foldSecond(t: number, buckets: readonly BucketRecord[]): MonitorSecond {
  const latency = new Histogram();
  for (const bucket of buckets) latency.merge(bucket.latency);
  const sum = (of: (bucket: BucketRecord) => number): number =>
    buckets.reduce((total, bucket) => total + of(bucket), 0);
  const errors = counted(buckets.map((bucket) => bucket.errors));
  return {
    t,
    sent: sum(({ sent }) => sent),
    ok: sum(({ ok }) => ok),
    dropped: sum(({ dropped }) => dropped),
    errors: [...errors].sort((a, b) => b[1] - a[1]),
    p50: latency.quantile(0.5),
    p99: latency.quantile(0.99),
    versions: [...counted(buckets.map((bucket) => bucket.versions))].sort((a, b) =>
      a[0].localeCompare(b[0]),
    ),
    tenths: tenthsOf(t, buckets),
  };
}

function tenthsOf(t: number, buckets: readonly BucketRecord[]): MonitorSecond["tenths"] {
  const tenths: (number | "failed" | null)[] = Array.from({ length: 10 }, () => null);
  for (const bucket of buckets) {
    if (bucket.sent === 0) continue;
    const at = Math.min(9, Math.floor((bucket.t - t) / BUCKET_US));
    tenths[at] = bucket.ok < bucket.sent ? "failed" : bucket.max;
  }
  return tenths;
}

function counted(parts: readonly Readonly<Partial<Record<string, number>>>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [name, count] of parts.flatMap((part) => Object.entries(part))) {
    if (count) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}
