import type { Member } from "./members.ts";

/** A member and what is known of it; `connections` is whatever the owner attaches to it. */
export interface Seat<C> {
  readonly member: Member;
  readonly connections: C;
  /** Out of the rotation since it failed, until a health check succeeds. */
  out: boolean;
  /** What the last health check said; null before the first. */
  ready: boolean | null;
  tries: number;
  readonly failures: Map<string, number>;
}

/** The members in rotation: who is next, who is out. What is known of a member survives changes of the list. */
export class Roster<C> {
  readonly #attach: (member: Member) => C;
  #seats: readonly Seat<C>[] = [];
  #next = 0;

  constructor(attach: (member: Member) => C) {
    this.#attach = attach;
  }

  get seats(): readonly Seat<C>[] {
    return this.#seats;
  }

  /** Replaces the list; returns the seats that are no longer in it. */
  replace(members: readonly Member[]): Seat<C>[] {
    const known = new Map(this.#seats.map((seat) => [identity(seat.member), seat]));
    this.#seats = members.map((member) => {
      const kept = known.get(identity(member));
      known.delete(identity(member));
      return kept ?? this.#newSeat(member);
    });
    return [...known.values()];
  }

  /**
   * The next member by round robin that was not tried yet: one in rotation, or else one that is out, because a wrong
   * health check must never be why a request is refused.
   */
  pick(tried: readonly Seat<C>[]): Seat<C> | undefined {
    const seats = this.#seats;
    let lastResort: Seat<C> | undefined;
    for (let step = 0; step < seats.length; step++) {
      const index = (this.#next + step) % seats.length;
      const seat = seats[index] as Seat<C>;
      if (tried.includes(seat)) continue;
      if (!seat.out) {
        this.#next = index + 1;
        return seat;
      }
      lastResort ??= seat;
    }
    // Also moves on: when all are out, they still take turns.
    if (lastResort !== undefined) this.#next = seats.indexOf(lastResort) + 1;
    return lastResort;
  }

  #newSeat(member: Member): Seat<C> {
    return {
      member,
      connections: this.#attach(member),
      out: false,
      ready: null,
      tries: 0,
      failures: new Map(),
    };
  }
}

function identity({ name, host, port }: Member): string {
  return `${name} ${host}:${port}`;
}
