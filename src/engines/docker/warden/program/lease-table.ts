import { type Calls, type DownPlan, Refusal, type Undo } from "./wire.ts";

/** What ends with a lease. Both try for as long as it takes, and reject only when patience is over. */
export interface Duties {
  /** Undoes what is held of one replica, in that order. `mayCome`: some of it may not have happened yet. */
  readonly undo: (undos: readonly Undo[], mayCome: boolean) => Promise<void>;
  readonly takeDown: (plan: DownPlan) => Promise<void>;
  /** Writes down what must be known after a restart. */
  readonly save: (leases: SavedLeases) => void;
  /** A lease has not been renewed in time; its undoing begins. */
  readonly expired: (lease: string) => void;
  /** Nothing of a lease that had expired is left to do. */
  readonly done: () => void;
}

export type SavedLeases = readonly SavedLease[];

interface SavedLease {
  readonly id: string;
  readonly down: DownPlan | null;
  readonly holds: readonly Undo[];
}

interface LeaseState {
  readonly id: string;
  readonly ttlMs: number;
  readonly down: DownPlan | null;
  /** Oldest first. */
  holds: Undo[];
  timer: NodeJS.Timeout | undefined;
  /** Its end has begun. */
  ending: Promise<void> | null;
}

/** A late renewal that is already on its way is still read when the time is over: we may have been late ourselves. */
const COURTESY_MS = 50;

/** Leases, and how to undo what is held under them. Times run on the monotonic clock of timers. */
export class LeaseTable {
  readonly #duties: Duties;
  readonly #leases = new Map<string, LeaseState>();

  constructor(duties: Duties) {
    this.#duties = duties;
  }

  get size(): number {
    return this.#leases.size;
  }

  /** Takes over what was written down before a restart. Nobody can renew those: they are about to be expired. */
  adopt(saved: SavedLeases): void {
    for (const { id, down, holds } of saved) {
      const state = { id, down, ttlMs: 0, holds: [...holds], timer: undefined, ending: null };
      this.#leases.set(id, state);
    }
  }

  open({ lease: id, ttlMs, down }: Calls["open"]): void {
    const lease = { id, ttlMs, down, holds: [], timer: undefined, ending: null };
    this.#leases.set(id, lease);
    this.#save();
    this.#wind(lease);
  }

  /** Throws a Refusal when it has ended. */
  renew(id: string): void {
    this.#wind(this.#get(id));
  }

  /** Throws a Refusal when the lease has ended: harm without an end is refused. */
  hold(id: string, undo: Undo): void {
    const lease = this.#get(id);
    const what = idOf(undo);
    lease.holds = [...lease.holds.filter((other) => idOf(other) !== what), undo];
    this.#save();
  }

  /** What a command undoes stays held until that command has been run. */
  free(key: string, command: readonly string[] | null): void {
    const words = JSON.stringify(command);
    const isFreed = (held: Undo): boolean =>
      held.key === key && JSON.stringify(held.do === "exec" ? held.undo : null) === words;
    for (const lease of this.#leases.values()) {
      lease.holds = lease.holds.filter((held) => !isFreed(held));
    }
    this.#save();
  }

  /** Ends a lease by its owner's wish; resolves when what it should not have left is undone. Idempotent. */
  async release(id: string): Promise<void> {
    const lease = this.#leases.get(id);
    if (lease !== undefined) await this.#end(lease, () => this.#undo(lease.holds, false));
  }

  /** Ends all leases as if their time had passed, those that take the stack down last. */
  async expireAll(): Promise<void> {
    const [downs, others] = partition([...this.#leases.values()], ({ down }) => down !== null);
    await Promise.all(others.map((lease) => this.#expire(lease)));
    for (const lease of downs) await this.#expire(lease);
  }

  #get(id: string): LeaseState {
    const lease = this.#leases.get(id);
    if (lease === undefined || lease.ending !== null) {
      throw new Refusal("ended", `there is no lease ${id} any more`);
    }
    return lease;
  }

  #wind(lease: LeaseState): void {
    clearTimeout(lease.timer);
    lease.timer = setTimeout(() => {
      lease.timer = setTimeout(() => void this.#expireByTime(lease), COURTESY_MS);
    }, lease.ttlMs);
  }

  async #expireByTime(lease: LeaseState): Promise<void> {
    this.#duties.expired(lease.id);
    await this.#expire(lease);
    this.#duties.done();
  }

  #expire(lease: LeaseState): Promise<void> {
    const { down } = lease;
    return this.#end(lease, async () => {
      if (down === null) return this.#undo(lease.holds, true);
      await this.#undo(alongCommands(lease.holds), true);
      await this.#takeDown(down);
    });
  }

  /** It stays written down until all is done: we may be restarted in between. */
  #end(lease: LeaseState, work: () => Promise<void>): Promise<void> {
    clearTimeout(lease.timer);
    lease.ending ??= work().then(() => {
      this.#leases.delete(lease.id);
      this.#save();
    });
    return lease.ending;
  }

  /** Nothing can be run in a container before it runs itself: commands come last. */
  async #undo(holds: readonly Undo[], mayCome: boolean): Promise<void> {
    const newestFirst = partition(holds.toReversed(), (undo) => undo.do !== "exec").flat();
    const keys = new Set(holds.map(({ key }) => key));
    const ofReplica = (key: string): Undo[] => newestFirst.filter((undo) => undo.key === key);
    await Promise.all([...keys].map((key) => this.#duties.undo(ofReplica(key), mayCome)));
  }

  /** What was held of the project has gone with it. */
  async #takeDown(plan: DownPlan): Promise<void> {
    await this.#duties.takeDown(plan);
    for (const lease of this.#leases.values()) lease.holds = [];
  }

  #save(): void {
    const all = [...this.#leases.values()];
    this.#duties.save(all.map(({ id, down, holds }) => ({ id, down, holds })));
  }
}

/** Of one replica there is one of each, but for commands. */
function idOf(undo: Undo): string {
  return JSON.stringify([undo.key, undo.do, undo.do === "exec" ? undo.undo : null]);
}

/** What commands have done may outlive the stack (in a volume, on the host): it is undone first, with what is in its way. */
function alongCommands(holds: readonly Undo[]): readonly Undo[] {
  const keys = new Set(holds.filter((undo) => undo.do === "exec").map(({ key }) => key));
  return holds.filter(({ key }) => keys.has(key));
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}
