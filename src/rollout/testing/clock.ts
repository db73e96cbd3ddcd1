import type { Clock } from "../../kit/world.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock on which nobody waits: as soon as nothing else is to be done, it is as late as the next one who sleeps wants it to be. */
export class LeapingClock implements Clock {
  readonly #sleepers: Sleeper[] = [];
  #us = 0;
  #leaping = false;

  now(): number {
    return this.#us;
  }

  wall(): Date {
    return new Date(this.#us / 1000);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#remove(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper = { at: this.#us + Math.max(0, ms) * 1000, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
      this.#leap();
    });
  }

  /** Does it when it is so late, ms. */
  at(ms: number, deed: () => unknown): void {
    void this.sleep(ms - this.#us / 1000).then(deed);
  }

  #leap(): void {
    if (this.#leaping || this.#sleepers.length === 0) return;
    this.#leaping = true;
    setImmediate(() => {
      this.#leaping = false;
      if (this.#sleepers.length === 0) return;
      const next = this.#sleepers.reduce((a, b) => (b.at < a.at ? b : a));
      this.#us = Math.max(this.#us, next.at);
      next.wake();
      this.#leap();
    });
  }

  #remove(sleeper: Sleeper): void {
    const index = this.#sleepers.indexOf(sleeper);
    if (index !== -1) this.#sleepers.splice(index, 1);
  }
}
