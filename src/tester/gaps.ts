import { BUCKET_US, type GapRecord } from "../model/journal.ts";

/** Shorter stretches are never of interest, whatever the rate. */
const LEAST_GAP_US = 5000;

/** Finds, per 100 ms, the longest stretch without a successful completion that ended in it. */
export class GapTracker {
  readonly #traffic: string;
  readonly #emit: (record: GapRecord) => void;
  readonly #least: number;
  /** Completion of the last success; the start of the traffic before the first. */
  #last: number;
  #bucket = -1;
  #longest: { t: number; until: number } | null = null;

  /** `interval`: µs between two arrivals; gaps below two of them are the schedule's own. */
  constructor(traffic: string, start: number, interval: number, emit: (record: GapRecord) => void) {
    this.#traffic = traffic;
    this.#last = start;
    this.#least = Math.max(2 * interval, LEAST_GAP_US);
    this.#emit = emit;
  }

  success(at: number): void {
    const bucket = Math.floor(at / BUCKET_US);
    if (bucket !== this.#bucket) {
      this.#flush(false);
      this.#bucket = bucket;
    }
    const length = at - this.#last;
    const longest = this.#longest === null ? 0 : this.#longest.until - this.#longest.t;
    if (length >= this.#least && length > longest) {
      this.#longest = { t: this.#last, until: at };
    }
    this.#last = Math.max(this.#last, at);
  }

  /** The traffic is over: what has not ended by then stays open. */
  end(at: number): void {
    this.#flush(false);
    if (at - this.#last < this.#least) return;
    this.#longest = { t: this.#last, until: at };
    this.#flush(true);
  }

  #flush(open: boolean): void {
    if (this.#longest === null) return;
    const { t, until } = this.#longest;
    this.#longest = null;
    this.#emit({
      type: "gap",
      t: Math.floor(t),
      traffic: this.#traffic,
      until: Math.floor(until),
      open,
    });
  }
}
