import { AegisError } from "../../kit/errors.ts";
import type { CommandHarm, Hold } from "../../model/powers.ts";
import type { Replica, ReplicaState } from "../../model/replica.ts";
import type { LeaseOptions } from "../engine.ts";

/** What a lease asks for when it has run out. */
export interface LeaseDuties {
  /** Brings a replica back to what it was before it was held. Idempotent. */
  readonly putBack: (key: string, before: ReplicaState) => Promise<void>;
  /** Undoes what a command has done. */
  readonly undo: (held: HeldCommand) => Promise<void>;
  /** A lease has run out that asks for the stack to go down. */
  readonly willGoDown: () => void;
  /** After everything has been put back: take the stack down. */
  readonly goDown: () => void;
  /** A lease has ended, one way or the other. */
  readonly ended: () => void;
}

/** Harm that a command has done beside a replica. */
export interface HeldCommand {
  readonly key: string;
  readonly harm: CommandHarm;
}

interface Held {
  readonly injection: string;
  readonly before: ReplicaState;
}

interface LeaseState extends LeaseOptions {
  /** By replica: the first hold counts, it knows the state before all harm. */
  readonly holds: Map<string, Held>;
  /** Oldest first. */
  commands: readonly HeldCommand[];
  timer: NodeJS.Timeout | undefined;
}

/** A late renewal that is already on its way is still read when the time is over: we may have been late ourselves. */
const COURTESY_MS = 50;

/** The leases of a project: harm held under one ends when nobody renews it any more. */
export class Leases {
  readonly #duties: LeaseDuties;
  readonly #leases = new Map<string, LeaseState>();

  constructor(duties: LeaseDuties) {
    this.#duties = duties;
  }

  /** Is anybody there whose harm we would have to undo? */
  get any(): boolean {
    return this.#leases.size > 0;
  }

  open(id: string, options: LeaseOptions): void {
    const lease: LeaseState = { ...options, holds: new Map(), commands: [], timer: undefined };
    this.#leases.set(id, lease);
    this.#wind(id, lease);
  }

  /** Throws ENVIRONMENT when it has run out. */
  renew(id: string): void {
    this.#wind(id, this.#get(id));
  }

  /** Throws ENVIRONMENT when it has run out. */
  demand(id: string): void {
    this.#get(id);
  }

  /** Notes what a replica was before it is harmed. Throws ENVIRONMENT when the lease has run out: harm without an end is refused. */
  hold(hold: Hold, replica: Replica): void {
    const { holds } = this.#get(hold.lease);
    if (holds.has(replica.key)) return;
    holds.set(replica.key, { injection: hold.injection, before: replica.state });
  }

  /** Notes how to undo what a command is about to do. Throws ENVIRONMENT as `hold` does. */
  holdCommand({ lease: id }: Hold, held: HeldCommand): void {
    const lease = this.#get(id);
    lease.commands = [...lease.commands.filter(isOther(held)), held];
  }

  /** The replica runs again as it should, by whatever command. What is to be undone by a command of its own stays held. */
  drop(key: string): void {
    for (const { holds } of this.#leases.values()) holds.delete(key);
  }

  /** What a command has done has been undone. */
  dropCommand(held: HeldCommand): void {
    for (const lease of this.#leases.values())
      lease.commands = lease.commands.filter(isOther(held));
  }

  /** Ends a lease; puts back what it should not have left. Idempotent. */
  async release(id: string): Promise<void> {
    const lease = this.#leases.get(id);
    if (lease === undefined) return;
    this.#leases.delete(id);
    clearTimeout(lease.timer);
    await this.#putBack(lease);
    this.#duties.ended();
  }

  /** Ends every lease; true when one of them asked for the stack to go down, which is left to the caller. */
  async expireAll(): Promise<boolean> {
    const all = [...this.#leases];
    await Promise.all(all.map(([id]) => this.release(id)));
    return all.some(([, { downOnExpiry }]) => downOnExpiry);
  }

  #get(id: string): LeaseState {
    const lease = this.#leases.get(id);
    if (lease !== undefined) return lease;
    throw new AegisError("ENVIRONMENT", `the lease ${id} has run out: it was not renewed in time`, {
      hint: "what was held under it has been undone; run the command again",
    });
  }

  #wind(id: string, lease: LeaseState): void {
    clearTimeout(lease.timer);
    lease.timer = setTimeout(() => {
      lease.timer = setTimeout(() => void this.#expire(id), COURTESY_MS);
    }, lease.ttlMs);
  }

  async #expire(id: string): Promise<void> {
    const lease = this.#leases.get(id);
    if (lease?.downOnExpiry) this.#duties.willGoDown();
    await this.release(id);
    if (lease?.downOnExpiry) this.#duties.goDown();
  }

  /** Nothing can be run beside a replica before it runs itself: commands come last. */
  async #putBack({ holds, commands }: LeaseState): Promise<void> {
    const keys = new Set([...holds.keys(), ...commands.map(({ key }) => key)]);
    const newestFirst = commands.toReversed();
    const putBack = async (key: string): Promise<void> => {
      const held = holds.get(key);
      if (held !== undefined) await tolerating(this.#duties.putBack(key, held.before));
      for (const command of newestFirst.filter((one) => one.key === key)) {
        await tolerating(this.#duties.undo(command));
      }
    };
    await Promise.all([...keys].map(putBack));
  }
}

/** One failure does not keep the rest from being undone. */
async function tolerating(work: Promise<void>): Promise<void> {
  await work.catch(() => undefined);
}

/** Is a held command one that another undo takes back? */
function isOther({ key, harm }: HeldCommand): (one: HeldCommand) => boolean {
  const undo = JSON.stringify(harm.undo);
  return (one) => one.key !== key || JSON.stringify(one.harm.undo) !== undo;
}
