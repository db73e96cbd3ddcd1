/** Arrivals that have come due: numbers `first` to `first + count - 1`. */
export interface Due {
  readonly first: number;
  readonly count: number;
}

/**
 * The absolute schedule of an open loop: arrival i is due at `start + i / rate`, whatever happened to the ones before.
 * Asked late, it hands out everything that has come due since: an arrival is never skipped and the rate never drifts.
 */
export class Pacer {
  readonly start: number;
  /** Microseconds between two arrivals. */
  readonly interval: number;
  #next = 0;

  /** `rate` per second, `start` in µs: the due time of arrival 0. */
  constructor(rate: number, start: number) {
    this.start = start;
    this.interval = 1e6 / rate;
  }

  /** The number of the first arrival not yet taken: how many were. */
  get next(): number {
    return this.#next;
  }

  dueOf(arrival: number): number {
    return this.start + arrival * this.interval;
  }

  /** When the next arrival is due. */
  get nextDue(): number {
    return this.dueOf(this.#next);
  }

  /** How many arrivals are due up to and including `now`, taken or not. */
  dueBy(now: number): number {
    if (now < this.start) return 0;
    let count = Math.floor((now - this.start) / this.interval) + 1;
    // The division may round across a due time: the schedule itself decides.
    while (this.dueOf(count) <= now) count += 1;
    while (this.dueOf(count - 1) > now) count -= 1;
    return count;
  }

  /** Takes what is due, oldest first, at most `limit` of it: the rest stays due. */
  take(now: number, limit: number = Number.POSITIVE_INFINITY): Due {
    const first = this.#next;
    const count = Math.max(0, Math.min(this.dueBy(now) - first, limit));
    this.#next += count;
    return { first, count };
  }
}
