import type { Member } from "./members.ts";

/** A member and what is known of it; `connections` is whatever the owner attaches to it. */
export interface Seat<C> {
  /** Another one when it is only called otherwise from now on. */
  member: Member;
  readonly connections: C;
  /** Out of the rotation since it failed or came, until a health check succeeds. */
  out: boolean;
  /** What the last health check said; null before the first. */
  ready: boolean | null;
  tries: number;
  readonly failures: Map<string, number>;
}

/** The members in rotation: who is next, who is out. What is known of a member survives changes of the list. */
export class Roster<C> {
  readonly #attach: (member: Member) => C;
  readonly #checked: boolean;
  #seats: readonly Seat<C>[] = [];
  #next = 0;

  /** `checked`: somebody asks the members how they are, so that a newcomer can wait for its first check. */
  constructor(attach: (member: Member) => C, options: { readonly checked: boolean }) {
    this.#attach = attach;
    this.#checked = options.checked;
  }

  get seats(): readonly Seat<C>[] {
    return this.#seats;
  }

  /** Replaces the list; returns the seats that are no longer in it. One at the same address is the same one, whatever its name. */
  replace(members: readonly Member[]): Seat<C>[] {
    const known = new Map(this.#seats.map((seat) => [address(seat.member), seat]));
    this.#seats = members.map((member) => {
      const kept = known.get(address(member));
      known.delete(address(member));
      if (kept === undefined) return this.#newSeat(member);
      kept.member = member;
      return kept;
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
      out: this.#checked,
      ready: null,
      tries: 0,
      failures: new Map(),
    };
  }
}

function address({ host, port }: Member): string {
  return `${host}:${port}`;
}
