import type { Clock } from "../kit/world.ts";

/** Work that goes on while the run does: started, counted, and waited for at the end. */
export class Background {
  readonly #clock: Clock;
  readonly #onError: (thrown: unknown) => void;
  readonly #work = new Set<Promise<void>>();

  constructor(clock: Clock, onError: (thrown: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  add(work: Promise<void>): void {
    const tracked = work.catch(this.#onError).finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  /** Resolves when nothing is under way any more, or after `ms`. */
  async settle(ms: number): Promise<void> {
    const idle = new AbortController();
    const late = this.#clock.sleep(ms, idle.signal).then(() => "late" as const);
    while (this.#work.size > 0) {
      if ((await Promise.race([Promise.all(this.#work), late])) === "late") break;
    }
    idle.abort();
  }
}
