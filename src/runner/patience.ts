import type { Engine } from "../engines/engine.ts";
import { AegisError } from "../kit/errors.ts";
import type { Clock } from "../kit/world.ts";

/** How long an engine that has gone away is waited for at the end of a run. */
export const AWAY_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/** Does what must be done even though the engine has gone away for a while (its daemon restarts): all that it does shares one limit of time. */
export class Patience {
  readonly #engine: Pick<Engine, "isUp">;
  readonly #clock: Clock;
  readonly #limitMs: number;
  /** µs; null: it has not been away yet. */
  #deadline: number | null = null;

  constructor(engine: Pick<Engine, "isUp">, clock: Clock, limitMs = AWAY_MS) {
    this.#engine = engine;
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /**
   * Does the work, which must be idempotent, again each time that it failed because of the engine. Rejects with what the
   * work rejects with: at once when that is no ENVIRONMENT error, at the second time where the engine does answer, and
   * when the time is up.
   */
  async through<T>(work: () => Promise<T>): Promise<T> {
    for (let answered = false; ; ) {
      try {
        return await work();
      } catch (thrown) {
        if (!isEnvironment(thrown) || answered) throw thrown;
        const waited = await this.#untilItAnswers();
        if (waited === "in vain") throw thrown;
        answered = waited === "not at all";
        if (answered) await this.#clock.sleep(FIRST_PAUSE_MS);
      }
    }
  }

  async #untilItAnswers(): Promise<"not at all" | "a while" | "in vain"> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      if (await this.#answers()) return pauseMs === FIRST_PAUSE_MS ? "not at all" : "a while";
      const now = this.#clock.now();
      this.#deadline ??= now + this.#limitMs * 1000;
      if (now >= this.#deadline) return "in vain";
      await this.#clock.sleep(Math.min(pauseMs, (this.#deadline - now) / 1000));
    }
  }

  async #answers(): Promise<boolean> {
    try {
      await this.#engine.isUp();
      return true;
    } catch (thrown) {
      if (isEnvironment(thrown)) return false;
      throw thrown;
    }
  }
}

function isEnvironment(thrown: unknown): boolean {
  return thrown instanceof AegisError && thrown.code === "ENVIRONMENT";
}
