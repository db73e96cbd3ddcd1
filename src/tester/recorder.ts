import { Histogram } from "../kit/histogram.ts";
import { ERROR_CLASSES, type ErrorClass } from "../model/assertion.ts";
import { BUCKET_US } from "../model/journal.ts";
import { Bucket, type Naming, type Settled } from "./bucket.ts";
import type { TesterRecord } from "./contract.ts";
import { GapTracker } from "./gaps.ts";
import { OutageTracker } from "./outages.ts";

const PENDING = 0;
const OK = 1;
const UNSENT = 2;
const FIRST_CLASS = 3;

export interface RecorderOptions {
  readonly traffic: string;
  /** Due time of arrival 0, µs since the run's start. */
  readonly start: number;
  /** µs between two arrivals. */
  readonly interval: number;
  /** Are answers kept apart by who gave them (`BucketRecord.sources`)? */
  readonly bySource: boolean;
  readonly naming: Naming;
  readonly emit: (record: TesterRecord) => void;
}

/**
 * Turns what happens to the requests of one traffic into records. Arrivals come in due order and settle in any;
 * a ring of one byte per request under way puts them back in due order, so that an outage is decided by due times and
 * a bucket is written once everything in it has settled. Memory is bounded by what is in flight, never by the run.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #outages: OutageTracker;
  readonly #gaps: GapTracker;
  readonly #open = new Map<number, Bucket>();
  /** Ring of states of arrivals `#head` to `#next - 1`. */
  #states = new Uint8Array(1024);
  #head = 0;
  #next = 0;
  /** Of all that has settled, µs. */
  readonly lateness = new Histogram();
  sent = 0;
  dropped = 0;
  maxBurst = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#outages = new OutageTracker(options.traffic, options.start, options.emit);
    this.#gaps = new GapTracker(options.traffic, options.start, options.interval, options.emit);
  }

  /** Arrivals under way. */
  get pending(): number {
    return this.#next - this.#head;
  }

  /** The next arrival was sent. */
  send(fresh: boolean): void {
    const n = this.#push(PENDING);
    this.sent += 1;
    this.#bucketOf(this.#dueOf(n)).send(fresh);
  }

  /** The next arrival could not be sent: the tester's own limit. */
  drop(): void {
    const n = this.#push(UNSENT);
    this.dropped += 1;
    this.#bucketOf(this.#dueOf(n)).dropped += 1;
    this.#advanceHead();
  }

  /** `size` arrivals, of which the last one is the newest, were sent in one go. */
  burst(size: number): void {
    const bucket = this.#bucketOf(this.#dueOf(this.#next - 1));
    bucket.burst = Math.max(bucket.burst, size);
    this.maxBurst = Math.max(this.maxBurst, size);
  }

  settle(settled: Settled): void {
    this.lateness.record(settled.lateness);
    this.#bucketOf(settled.due).settle(settled);
    if (settled.ending === "ok") this.#gaps.success(settled.at);
    const state =
      settled.ending === "ok" ? OK : FIRST_CLASS + ERROR_CLASSES.indexOf(settled.ending);
    this.#mark(settled.n, state);
  }

  /** A sent arrival turned out not to have been sendable: our own machine ran out of something. */
  unsend(n: number, fresh: boolean): void {
    this.sent -= 1;
    this.dropped += 1;
    this.#bucketOf(this.#dueOf(n)).unsend(fresh);
    this.#mark(n, UNSENT);
  }

  /** Only for mutants: an arrival of which no trace is kept; `n` null: the next one, never sent. */
  conceal(n: number | null, fresh: boolean): void {
    if (n === null) {
      this.#push(UNSENT);
      this.#advanceHead();
      return;
    }
    this.unsend(n, fresh);
    this.dropped -= 1;
    this.#bucketOf(this.#dueOf(n)).dropped -= 1;
  }

  /** Writes the buckets in which everything has settled and, as `nextDue` is later, nothing more will arrive. */
  advance(nextDue: number): void {
    const complete = this.pending > 0 ? this.#dueOf(this.#head) : nextDue;
    const before = Math.floor(Math.min(complete, nextDue) / BUCKET_US);
    for (const [index, bucket] of this.#open) {
      if (index >= before) break;
      this.#open.delete(index);
      this.#options.emit(bucket.toRecord(this.#options.traffic));
      for (const sample of bucket.toSamples(this.#options.traffic, this.#options.naming)) {
        this.#options.emit(sample);
      }
    }
  }

  /** The traffic ended `at`; everything has settled. */
  end(at: number): void {
    this.advance(Number.POSITIVE_INFINITY);
    this.#outages.end(at);
    this.#gaps.end(at);
  }

  #dueOf(n: number): number {
    return this.#options.start + n * this.#options.interval;
  }

  /** Created in due order, so the map's order is that of time. */
  #bucketOf(due: number): Bucket {
    const index = Math.floor(due / BUCKET_US);
    let bucket = this.#open.get(index);
    if (bucket === undefined) {
      bucket = new Bucket(index, this.#options.bySource);
      this.#open.set(index, bucket);
    }
    return bucket;
  }

  #push(state: number): number {
    if (this.pending === this.#states.length) this.#grow();
    const n = this.#next;
    this.#states[n & (this.#states.length - 1)] = state;
    this.#next += 1;
    return n;
  }

  #mark(n: number, state: number): void {
    this.#states[n & (this.#states.length - 1)] = state;
    if (n === this.#head) this.#advanceHead();
  }

  #advanceHead(): void {
    while (this.#head < this.#next) {
      const state = this.#states[this.#head & (this.#states.length - 1)] as number;
      if (state === PENDING) return;
      const due = this.#dueOf(this.#head);
      if (state === OK) this.#outages.ok(due);
      else if (state !== UNSENT) {
        this.#outages.failed(due, ERROR_CLASSES[state - FIRST_CLASS] as ErrorClass);
      }
      this.#head += 1;
    }
  }

  #grow(): void {
    const old = this.#states;
    this.#states = new Uint8Array(old.length * 2);
    for (let n = this.#head; n < this.#next; n++) {
      this.#states[n & (this.#states.length - 1)] = old[n & (old.length - 1)] as number;
    }
  }
}
