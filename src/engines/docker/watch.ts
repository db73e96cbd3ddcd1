import type { AegisError } from "../../kit/errors.ts";
import type { Clock } from "../../kit/world.ts";
import type { EngineEvent } from "../../model/replica.ts";
import type { Stack } from "../../model/stack.ts";
import { createHub, type Hub } from "../hub.ts";
import { type DockerClient, dockerProblem } from "./client.ts";
import type { Commands } from "./commands.ts";
import { type Containers, createContainers } from "./containers.ts";
import { type DaemonClock, daemonClock } from "./daemon-clock.ts";
import { type DockerEvent, type EventStream, openEventStream } from "./event-stream.ts";
import { Fold } from "./fold.ts";
import type { Inspected } from "./inspected.ts";
import { canAsk, createProbing, type Probing } from "./probing.ts";
import { createReach, type DaemonPlace, type Reach } from "./reach.ts";
import { ReplicaRecord } from "./replica-record.ts";

export interface WatchOptions {
  readonly client: DockerClient;
  readonly stack: Stack;
  readonly clock: Clock;
  readonly platform: NodeJS.Platform;
  readonly commands: Commands;
}

/**
 * All replicas of a project as Docker's events make them, folded in order. It ends when the daemon goes away: whoever
 * listens is told, and a new one must be opened.
 */
export class Watch {
  readonly events: Hub<EngineEvent> = createHub();
  /** Aborts, with an ENVIRONMENT AegisError, when the way to the daemon is lost. Not by `close`. */
  readonly lost: AbortSignal;
  readonly containers: Containers;
  readonly reach: Reach;
  readonly #lost = new AbortController();
  readonly #clock: Clock;
  readonly #records = new Map<string, ReplicaRecord>();
  readonly #probing: Probing;
  readonly #fold: Fold;
  #stream: EventStream | null = null;

  /** Resolves when every replica is known as it is now. Rejects with ENVIRONMENT. */
  static async open(options: WatchOptions): Promise<Watch> {
    const { client, stack, clock } = options;
    const asking = infoOf(client, stack.project);
    asking.catch(() => undefined);
    const aheadBy = client.remote === null ? 0 : await skewOf(asking, clock);
    const daemon = daemonClock(clock, aheadBy);
    const early = createEarly();
    const { take, lose } = early;
    const stream = await openEventStream(client, stack.project, daemon.wall(), take, lose);
    try {
      const asOf = daemon.wall();
      const finding = createContainers(client, stack.project).replicas();
      const [place, found] = await Promise.all([asking, finding]);
      const watch = new Watch(options, daemon, place);
      watch.#stream = stream;
      await watch.#begin(found, asOf, early);
      return watch;
    } catch (thrown) {
      stream.close();
      throw thrown;
    }
  }

  private constructor(options: WatchOptions, daemon: DaemonClock, place: DaemonPlace) {
    const { client, stack, clock, platform, commands } = options;
    this.lost = this.#lost.signal;
    this.#clock = clock;
    this.containers = createContainers(client, stack.project);
    this.reach = createReach(client, platform, place, () => this.#reachClosed());
    this.#probing = createProbing(this.reach, () => clock.now());
    for (const spec of stack.replicas) {
      const { service, number } = spec.container ?? { service: spec.name, number: 1 };
      const at = `${service}/${number}`;
      const record = new ReplicaRecord(spec, `${stack.project}/${at}`, {
        canAsk: (container, declared) => canAsk(this.reach, container, declared),
        emit: (event) => this.events.tell(event),
      });
      this.#records.set(at, record);
    }
    this.#fold = new Fold(this.#records, {
      containers: this.containers,
      commands,
      daemon,
      probing: this.#probing,
    });
  }

  /** In declared order. */
  get records(): readonly ReplicaRecord[] {
    return [...this.#records.values()];
  }

  byKey(key: string): ReplicaRecord | undefined {
    return this.records.find((record) => record.key === key);
  }

  /** By `SERVICE/NUMBER`. */
  byPlace(place: string): ReplicaRecord | undefined {
    return this.#records.get(place);
  }

  /** Is any replica there, in whatever state? */
  get hasContainers(): boolean {
    return this.records.some(({ container }) => container !== null);
  }

  /**
   * Resolves when what is looked at after every event, and when one of `lookAt` aborts, holds; rejects when the daemon goes
   * away, or when the time is over, with what `late` makes.
   */
  settle(
    holds: () => boolean,
    timeoutMs: number,
    late: () => Error,
    lookAt: readonly AbortSignal[] = [],
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        stopListening();
        clearTimeout(timer);
        this.lost.removeEventListener("abort", lose);
        for (const signal of lookAt) signal.removeEventListener("abort", look);
        settle();
      };
      const look = (): void => {
        if (holds()) finish(resolve);
      };
      const lose = (): void => finish(() => reject(this.lost.reason));
      const stopListening = this.events.listen(look);
      const timer = setTimeout(() => finish(() => reject(late())), timeoutMs);
      this.lost.addEventListener("abort", lose);
      for (const signal of lookAt) signal.addEventListener("abort", look);
      if (this.lost.aborted) lose();
      else look();
    });
  }

  /** Looks at a replica that may have changed without an event. */
  refresh(record: ReplicaRecord): Promise<void> {
    return this.#fold.refresh(record);
  }

  close(): void {
    this.#stream?.close();
    this.#probing.stopAll();
  }

  async #begin(
    found: ReadonlyMap<string, Inspected>,
    asOf: number,
    { pass }: EarlyEvents,
  ): Promise<void> {
    for (const [place, record] of this.#records) {
      const container = found.get(place);
      if (container !== undefined) record.found(container);
    }
    const take = (event: DockerEvent): void => {
      if (event.at >= asOf) this.#fold.take(event).catch((thrown) => this.#lose(thrown));
    };
    pass(take, (problem) => this.#lose(problem));
    const running = this.records.filter(({ state }) => state === "running");
    await Promise.all(running.map((record) => this.#probing.start(record)));
  }

  #lose(problem: AegisError): void {
    this.close();
    this.#lost.abort(problem);
  }

  #reachClosed(): void {
    this.#probing.stopAll();
    for (const record of this.records) record.announceReady(this.#clock.now());
  }
}

type Info = DaemonPlace & { readonly SystemTime?: string };

async function infoOf(client: DockerClient, project: string): Promise<Info> {
  return client.api.info().catch((thrown: unknown) => {
    throw dockerProblem(thrown, client, `look at project ${project}`);
  });
}

/** How far the daemon's wall clock is ahead of ours, µs. */
async function skewOf(asking: Promise<Info>, clock: Clock): Promise<number> {
  const from = clock.now();
  const { SystemTime = "" } = await asking;
  const halfWay = (clock.now() - from) / 2;
  const wall = Date.parse(SystemTime) * 1000 + halfWay;
  return Number.isNaN(wall) ? 0 : wall - clock.wall().getTime() * 1000;
}

/** Keeps what comes before there is somebody to take it. */
interface EarlyEvents {
  readonly take: (event: DockerEvent) => void;
  readonly lose: (problem: AegisError) => void;
  /** Passes on what was kept, and from now on everything. */
  readonly pass: (take: EarlyEvents["take"], lose: EarlyEvents["lose"]) => void;
}

function createEarly(): EarlyEvents {
  const kept: (() => void)[] = [];
  const to: { take: EarlyEvents["take"]; lose: EarlyEvents["lose"] } = {
    take: (event) => void kept.push(() => to.take(event)),
    lose: (problem) => void kept.push(() => to.lose(problem)),
  };
  return {
    take: (event) => to.take(event),
    lose: (problem) => to.lose(problem),
    pass: (take, lose) => {
      to.take = take;
      to.lose = lose;
      for (const tell of kept) tell();
    },
  };
}
