import type { JournalRecord } from "../model/journal.ts";

/** `missed`: how many records were lost right before this one, because the listener was slow. */
export type Listener = (record: JournalRecord, missed: number) => void | Promise<void>;

/** A bounded queue before one listener: whoever pushes never waits and never sees its errors. */
export class Subscription {
  readonly #listener: Listener;
  readonly #capacity: number;
  #queue: JournalRecord[] = [];
  #missed = 0;
  #delivering = false;
  #ended = false;

  constructor(listener: Listener, capacity: number) {
    this.#listener = listener;
    this.#capacity = capacity;
  }

  push(record: JournalRecord): void {
    if (this.#ended) return;
    this.#queue.push(record);
    if (this.#queue.length > this.#capacity) {
      this.#queue.shift();
      this.#missed += 1;
    }
    if (this.#delivering) return;
    this.#delivering = true;
    setImmediate(() => this.#deliver().catch(() => this.end()));
  }

  end(): void {
    this.#ended = true;
    this.#queue = [];
  }

  async #deliver(): Promise<void> {
    for (let record = this.#queue.shift(); record !== undefined; record = this.#queue.shift()) {
      const missed = this.#missed;
      this.#missed = 0;
      await this.#listener(record, missed);
    }
    this.#delivering = false;
  }
}
