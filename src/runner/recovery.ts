import { BUCKET_US, type BucketRecord } from "../model/journal.ts";
import type { EngineEvent } from "../model/replica.ts";

/**
 * Decides when one harmed replica has recovered: ready again after the harm ended and, where answers name it, answering
 * well again: one that is back but fails each request has not. Answers are known per 100 ms of due time, so that part is rounded up to the end of a bucket.
 */
export class RecoveryWatch {
  readonly #replica: string;
  readonly #mustAnswer: boolean;
  readonly #harmEndedAt: number;
  /** A life that does not count: the one that an instant fault ended. */
  readonly #deadInstance: string | null;
  #readyAt: number | null = null;

  constructor(options: {
    replica: string;
    mustAnswer: boolean;
    harmEndedAt: number;
    deadInstance: string | null;
  }) {
    this.#replica = options.replica;
    this.#mustAnswer = options.mustAnswer;
    this.#harmEndedAt = options.harmEndedAt;
    this.#deadInstance = options.deadInstance;
  }

  /** `t`: µs since run start. Returns when it recovered, once that is known. */
  seeEvent(event: Pick<EngineEvent, "replica">, t: number): number | null {
    const { replica } = event;
    if (replica.name !== this.#replica) return null;
    const alive = replica.ready && replica.instance !== this.#deadInstance;
    if (!alive) this.#readyAt = null;
    else if (this.#readyAt === null) this.#readyAt = Math.max(t, this.#harmEndedAt);
    return this.#mustAnswer ? null : this.#readyAt;
  }

  seeBucket(bucket: BucketRecord): number | null {
    if (!this.#mustAnswer || this.#readyAt === null) return null;
    if (bucket.t + BUCKET_US <= this.#readyAt || bucket.t < this.#harmEndedAt) return null;
    if ((bucket.good?.[this.#replica] ?? 0) === 0) return null;
    return Math.max(this.#readyAt, bucket.t + BUCKET_US);
  }
}
