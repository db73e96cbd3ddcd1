import { afterAwake } from "../../src/kit/awake.ts";
import type { Connections } from "./connections.ts";
import type { Roster, Seat } from "./roster.ts";
import type { UpstreamSettings } from "./settings.ts";

/** Asks every member at an interval: a refusal or a 5xx takes it out of the rotation, an answer puts it back. */
export class HealthChecks {
  readonly #roster: Roster<Connections>;
  readonly #settings: UpstreamSettings;
  readonly #asking = new Set<Seat<Connections>>();

  constructor(roster: Roster<Connections>, settings: UpstreamSettings) {
    this.#roster = roster;
    this.#settings = settings;
  }

  start(): void {
    setInterval(() => this.checkAll(), this.#settings.healthIntervalMs);
  }

  checkAll(): void {
    for (const seat of this.#roster.seats) void this.check(seat);
  }

  /** Never rejects; one at a time for each member. */
  async check(seat: Seat<Connections>): Promise<void> {
    if (this.#asking.has(seat)) return;
    this.#asking.add(seat);
    seat.ready = await this.#ask(seat);
    seat.out = !seat.ready;
    this.#asking.delete(seat);
  }

  /** Our own sleep is not counted: a starved balancer that takes everybody out is the outage. */
  async #ask(seat: Seat<Connections>): Promise<boolean> {
    const late = new AbortController();
    const callOff = afterAwake(this.#settings.healthTimeoutMs, () => late.abort());
    try {
      const { statusCode, body } = await seat.connections.fresh.request({
        path: this.#settings.healthPath,
        method: "GET",
        signal: late.signal,
      });
      await body.dump();
      return statusCode < 500;
    } catch {
      return false;
    } finally {
      callOff();
    }
  }
}
