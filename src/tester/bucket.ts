import type { ErrorClass } from "../model/assertion.ts";
import { BUCKET_US, type BucketRecord, type SampleRecord } from "../model/journal.ts";
import { NAMES_KEPT, OTHER, SourceRecorder } from "./sources.ts";
import { SparseRecorder } from "./sparse.ts";

/** A request that has ended. Times in µs since the run's start. */
export interface Settled {
  readonly n: number;
  readonly due: number;
  readonly at: number;
  readonly ending: "ok" | ErrorClass;
  readonly fresh: boolean;
  readonly status: number | null;
  readonly replica: string | null;
  readonly version: string | null;
  readonly detail: string;
  /** µs that count as its latency: from due. */
  readonly took: number;
  /** µs from due that only the tester kept it waiting. */
  readonly lateness: number;
}

/** What names a request in a sample. */
export type Naming = (n: number) => { readonly id: string; readonly traceparent: string };

const SAMPLES_KEPT = 20;

/** 100 ms of due time, while its requests are under way. */
export class Bucket {
  readonly index: number;
  sent = 0;
  dropped = 0;
  burst = 0;
  #ok = 0;
  #freshSent = 0;
  #freshOk = 0;
  readonly #errors: Partial<Record<ErrorClass, number>> = {};
  readonly #latency = new SparseRecorder();
  readonly #freshLatency = new SparseRecorder();
  readonly #lateness = new SparseRecorder();
  readonly #replicas = new Map<string, number>();
  readonly #versions = new Map<string, number>();
  readonly #good = new Map<string, number>();
  readonly #sources: SourceRecorder | null;
  readonly #failures: Settled[] = [];
  #failed = 0;

  /** `bySource`: are answers kept apart by who gave them? */
  constructor(index: number, bySource: boolean) {
    this.index = index;
    this.#sources = bySource ? new SourceRecorder() : null;
  }

  send(fresh: boolean): void {
    this.sent += 1;
    if (fresh) this.#freshSent += 1;
  }

  settle(settled: Settled): void {
    this.#lateness.record(settled.lateness);
    count(this.#replicas, settled.replica);
    count(this.#versions, settled.version);
    const { status, replica, version, took } = settled;
    if (status !== null) {
      this.#sources?.record({ replica, version, ok: settled.ending === "ok", took });
    }
    if (settled.ending !== "ok") {
      this.#errors[settled.ending] = (this.#errors[settled.ending] ?? 0) + 1;
      this.#failed += 1;
      if (this.#failures.length < SAMPLES_KEPT) this.#failures.push(settled);
      return;
    }
    this.#ok += 1;
    count(this.#good, settled.replica);
    this.#latency.record(settled.took);
    if (!settled.fresh) return;
    this.#freshOk += 1;
    this.#freshLatency.record(settled.took);
  }

  /** A sent request that turned out to be one our own machine could not send. */
  unsend(fresh: boolean): void {
    this.sent -= 1;
    this.dropped += 1;
    if (fresh) this.#freshSent -= 1;
  }

  toRecord(traffic: string): BucketRecord {
    return {
      type: "bucket",
      t: this.index * BUCKET_US,
      traffic,
      sent: this.sent,
      ok: this.#ok,
      errors: this.#errors,
      dropped: this.dropped,
      latency: this.#latency.toSparse(),
      max: Math.round(this.#latency.max),
      lateness: this.#lateness.toSparse(),
      burst: this.burst,
      replicas: Object.fromEntries(this.#replicas),
      versions: Object.fromEntries(this.#versions),
      ...(this.#replicas.size === 0 ? {} : { good: Object.fromEntries(this.#good) }),
      ...(this.#sources === null ? {} : { sources: this.#sources.toSlots() }),
      fresh: {
        sent: this.#freshSent,
        ok: this.#freshOk,
        latency: this.#freshLatency.toSparse(),
      },
    };
  }

  /** The failures kept, by due time. */
  toSamples(traffic: string, naming: Naming): SampleRecord[] {
    const left = this.#failed - this.#failures.length;
    return this.#failures
      .sort((a, b) => a.n - b.n)
      .map((failure) => ({
        type: "sample" as const,
        t: Math.floor(failure.due),
        traffic,
        ...naming(failure.n),
        class: failure.ending as ErrorClass,
        status: failure.status,
        tookUs: Math.round(failure.took),
        replica: failure.replica,
        version: failure.version,
        fresh: failure.fresh,
        detail: failure.detail,
        left,
      }));
  }
}

function count(counts: Map<string, number>, name: string | null): void {
  if (name === null) return;
  const before = counts.get(name);
  if (before !== undefined) counts.set(name, before + 1);
  else if (counts.size < NAMES_KEPT) counts.set(name, 1);
  else counts.set(OTHER, (counts.get(OTHER) ?? 0) + 1);
}
