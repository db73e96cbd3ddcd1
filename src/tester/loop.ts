import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { nowUs } from "./clock.ts";
import { stallNote } from "./health.ts";
import type { Lane } from "./lane.ts";
import type { Outbox } from "./outbox.ts";
import type { TickerInput } from "./ticker.ts";

/** Deadlines, connections and stalls are looked at this often. */
const UPKEEP_US = 10_000;
const FLUSH_US = 100_000;
/** A target that cannot be connected to must not keep the traffic from starting. */
const WARM_UP_US = 1_000_000;
const HEAD_START_US = 2000;
/** Time for the ticker thread to come up. */
const TICKER_HEAD_START_US = 100_000;

/** Drives all traffics of the worker from one timer, and from a ticker thread where precision is asked for. */
export class Loop {
  readonly #lanes: readonly { readonly lane: Lane; readonly precise: boolean }[];
  readonly #epoch: number;
  readonly #outbox: Outbox;
  readonly #onEnd: () => void;
  #upkeepAt = 0;
  #flushedAt = 0;
  #stopping = false;
  #ended = false;
  /** What the ticker thread and this one share. */
  #ticker: Int32Array | null = null;

  constructor(options: {
    readonly lanes: readonly { readonly lane: Lane; readonly precise: boolean }[];
    readonly epoch: number;
    readonly outbox: Outbox;
    /** Everything has settled after `stop`. */
    readonly onEnd: () => void;
  }) {
    this.#lanes = options.lanes;
    this.#epoch = options.epoch;
    this.#outbox = options.outbox;
    this.#onEnd = options.onEnd;
  }

  /** Opens connections, then starts the schedule; resolves with the first due time (µs, world clock). */
  async start(dist: string): Promise<number> {
    const began = nowUs();
    for (const { lane } of this.#lanes) lane.warmUp();
    while (nowUs() - began < WARM_UP_US && this.#lanes.some(({ lane }) => !lane.warm)) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const precise = this.#lanes.filter((entry) => entry.precise);
    const headStart = precise.length === 0 ? HEAD_START_US : TICKER_HEAD_START_US;
    const start = this.#epoch + Math.ceil(nowUs() - this.#epoch) + headStart;
    for (const { lane } of this.#lanes) lane.begin(start);
    if (precise.length > 0)
      this.#startTicker(
        dist,
        start,
        precise.map(({ lane }) => lane),
      );
    this.#upkeepAt = nowUs();
    this.#schedule(false);
    return start;
  }

  /** No more arrivals. The loop ends by itself when all in flight have settled. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const { lane } of this.#lanes) lane.stop(nowUs());
    if (this.#ticker === null) return;
    Atomics.store(this.#ticker, 1, 1);
    Atomics.notify(this.#ticker, 1);
  }

  /** Re-arms itself: for the next arrival that no ticker looks after, or the next upkeep. */
  #schedule(more: boolean): void {
    if (more) {
      setImmediate(() => this.#onTime());
      return;
    }
    let next = this.#upkeepAt + UPKEEP_US;
    for (const { lane, precise } of this.#lanes) {
      if (!precise) next = Math.min(next, lane.nextDue);
    }
    // Rounded up: woken early it would have to wait the rest, a millisecond, again: as late, for twice the wake-ups.
    setTimeout(() => this.#onTime(), Math.max(1, Math.ceil((next - nowUs()) / 1000)));
  }

  #onTime(): void {
    const now = nowUs();
    const more = this.#sendDue(now);
    if (now - this.#upkeepAt >= UPKEEP_US) {
      this.#noteStall(now);
      this.#upkeepAt = now;
      // After the sockets have been read: an answer that is already here must not count as a timeout.
      setImmediate(() => this.#upkeep());
    }
    if (!this.#ended) this.#schedule(more);
  }

  #sendDue(now: number): boolean {
    let more = false;
    for (const { lane } of this.#lanes) more = lane.sendDue(now) || more;
    return more;
  }

  #upkeep(): void {
    if (this.#ended) return;
    const now = nowUs();
    for (const { lane } of this.#lanes) lane.tick(now);
    if (this.#stopping && this.#lanes.every(({ lane }) => lane.idle)) {
      this.#ended = true;
      for (const { lane } of this.#lanes) lane.end(this.#outbox.lost);
      this.#outbox.flush();
      this.#onEnd();
    } else if (now - this.#flushedAt >= FLUSH_US - UPKEEP_US) {
      this.#flushedAt = now;
      this.#outbox.flush();
    }
  }

  #noteStall(now: number): void {
    const shortest = Math.min(...this.#lanes.map(({ lane }) => lane.timeout));
    if (now - this.#upkeepAt < shortest + UPKEEP_US) return;
    this.#outbox.record(stallNote(this.#upkeepAt - this.#epoch, now - this.#epoch));
  }

  #startTicker(dist: string, start: number, lanes: readonly Lane[]): void {
    const flags = new Int32Array(new SharedArrayBuffer(8));
    const schedules = lanes.map(({ interval }) => ({ start, interval }));
    const input: TickerInput = { schedules, flags };
    const worker = new Worker(join(dist, "src", "tester", "ticker.js"), {
      workerData: input,
      execArgv: [],
    });
    worker.on("message", () => {
      Atomics.store(flags, 0, 0);
      this.#onTicker();
    });
    this.#ticker = flags;
  }

  #onTicker(): void {
    if (this.#sendDue(nowUs())) setImmediate(() => this.#onTicker());
  }
}
