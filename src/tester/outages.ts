import type { ErrorClass } from "../model/assertion.ts";
import type { OutageRecord } from "../model/journal.ts";

/**
 * Finds outages among endings told in due order: from the due time of the first failure to that of the next success.
 * That estimate is unbiased within one interval; the bounds say how far the truth may be off: at least from the first
 * failure to the last, at most from the success before to the success after.
 */
export class OutageTracker {
  readonly #traffic: string;
  readonly #emit: (record: OutageRecord) => void;
  /** Due time of the last success; the start of the traffic before the first. */
  #lastOk: number;
  #firstFail: number | null = null;
  #lastFail = 0;
  #failed = 0;
  #errors: Partial<Record<ErrorClass, number>> = {};

  constructor(traffic: string, start: number, emit: (record: OutageRecord) => void) {
    this.#traffic = traffic;
    this.#lastOk = start;
    this.#emit = emit;
  }

  ok(due: number): void {
    this.#close(due, false);
    this.#lastOk = due;
  }

  failed(due: number, why: ErrorClass): void {
    this.#firstFail ??= due;
    this.#lastFail = due;
    this.#failed += 1;
    this.#errors[why] = (this.#errors[why] ?? 0) + 1;
  }

  /** The traffic is over. */
  end(at: number): void {
    this.#close(Math.max(at, this.#lastFail), true);
  }

  #close(until: number, open: boolean): void {
    if (this.#firstFail === null) return;
    this.#emit({
      type: "outage",
      t: Math.floor(this.#firstFail),
      traffic: this.#traffic,
      until: Math.floor(until),
      open,
      lower: Math.round(this.#lastFail - this.#firstFail),
      upper: Math.round(until - this.#lastOk),
      failed: this.#failed,
      errors: this.#errors,
    });
    this.#firstFail = null;
    this.#failed = 0;
    this.#errors = {};
  }
}
