import { createDryEngine } from "../../engines/dry/index.ts";
import type { Engine } from "../../engines/engine.ts";
import type { Json, World } from "../../kit/world.ts";
import type { BucketRecord } from "../../model/journal.ts";
import type { Course, Outlook } from "../../model/kind.ts";
import type { Hold, Powers } from "../../model/powers.ts";
import type { Replica, TargetRef } from "../../model/replica.ts";
import type { Release, ReplicaSpec } from "../../model/stack.ts";
import { foresee } from "../foresee.ts";
import type { Foreseen } from "../moves.ts";
import { params, type RolloutParams } from "../params.ts";
import { type Ended, Rollout } from "../rollout.ts";
import { LeapingClock } from "./clock.ts";
import { type Answers, bucketAt } from "./traffic.ts";

export const V1: Release = {
  name: "v1",
  env: { APP_VERSION: "v1" },
  image: null,
  build: null,
  command: null,
};
export const V2: Release = { ...V1, name: "v2", env: { APP_VERSION: "v2" } };
export const V3: Release = { ...V1, name: "v3", env: { APP_VERSION: "v3" } };

export interface BenchOptions {
  readonly replicas?: readonly string[];
  readonly spec?: Partial<ReplicaSpec>;
}

/** A service of the dry engine, a course over it, and a note of every call that changes it; all on a clock that leaps. */
export class Bench {
  readonly clock = new LeapingClock();
  /** `stop app1`, `put app1 v2`: what was asked of the engine, in order. */
  readonly calls: string[] = [];
  readonly notes: { readonly text: string; readonly stage: string; readonly facts: Facts }[] = [];
  readonly buckets: BucketRecord[] = [];
  /** Guards that are open, by target, with what they keep. */
  readonly guards = new Map<string, Json>();
  readonly busy: (string | null)[] = [];
  remembered: Json = null;
  answersName = true;
  asked: "pause" | "undo" | null = null;
  /** How a replica answers; its answers are spread over 100 ms. */
  answers: (replica: Replica) => Answers | null = () => ({});
  /** Ready although it does not run well, or not although it runs. */
  isReady: (replica: Replica) => boolean = ({ ready }) => ready;
  /** A replica as events tell of it to those who cannot ask. */
  asKnown: (replica: Replica) => Replica = (replica) => replica;
  memory: (replica: Replica) => number = () => 64 * 2 ** 20;
  /** Where a replica is, on engines where that may change with each life. */
  readonly addresses = new Map<string, string>();
  /** What stands in the way of a call (`promote app1`); null: nothing. */
  obstacle: (call: string) => Error | null = () => null;
  /** Done before a call: `stop app1`. */
  before: (call: string) => void = () => undefined;
  readonly over = new AbortController();
  readonly hold: Hold;
  readonly engine: Engine;
  readonly #stop = new AbortController();
  readonly #seen = new Map<string, Replica>();

  constructor(engine: Engine, hold: Hold, clock: LeapingClock) {
    this.engine = engine;
    this.hold = hold;
    this.clock = clock;
    void this.#watch();
    void this.#send();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  /** The powers, each call noted. */
  get powers(): Powers {
    const { lifecycle, releases, members } = this.engine.powers;
    const deed = async <T>(call: string, work: () => Promise<T>): Promise<T> => {
      this.before(call);
      const obstacle = this.obstacle(call);
      this.calls.push(obstacle === null ? call : `${call}: ${obstacle.message}`);
      if (obstacle !== null) throw obstacle;
      const done = await work();
      await this.clock.sleep(0);
      return done;
    };
    return {
      ...this.engine.powers,
      lifecycle: {
        ...lifecycle,
        stateOf: async (target) => this.#asSeen(await lifecycle.stateOf(target)),
        stop: (target, hold) => deed(`stop ${target.name}`, () => lifecycle.stop(target, hold)),
        start: (target) => deed(`start ${target.name}`, () => lifecycle.start(target)),
        recreate: (target) => deed(`recreate ${target.name}`, () => lifecycle.recreate(target)),
      },
      releases: {
        ...releases,
        address: async ({ name }) => this.addresses.get(name) ?? null,
        pin: (target, release, fetching) =>
          deed(`pin ${release.name}`, () => releases.pin(target, release, fetching)),
        put: (target, release) =>
          deed(`put ${target.name} ${release.name ?? "declared"}`, () =>
            releases.put(target, release),
          ),
      },
      members: {
        ...members,
        add: (target, release, hold) =>
          deed(`add ${target.name} ${release.name ?? "declared"}`, () =>
            members.add(target, release, hold),
          ),
        promote: (target) => deed(`promote ${target.name}`, () => members.promote(target)),
        dismiss: async (target) => {
          if ((await members.beside(target)) === null) return;
          await deed(`dismiss ${target.name}`, () => members.dismiss(target));
        },
      },
    };
  }

  course(foreseen: Json): Course {
    return {
      foreseen,
      clock: this.clock,
      now: () => this.clock.now(),
      signal: this.over.signal,
      replicas: () => this.replicas(),
      buckets: this.buckets,
      memory: async () => new Map(this.replicas().map((one) => [one.name, this.memory(one)])),
      guard: ({ name }, before) => {
        this.guards.set(name, before);
        return { lift: () => void this.guards.delete(name) };
      },
      liftAll: () => this.guards.clear(),
      busy: (target) => void this.busy.push(target?.name ?? null),
      request: () => this.asked,
      remembered: () => this.remembered,
      remember: (wayBack) => {
        this.remembered = wayBack;
      },
      note: (text, facts) => {
        this.notes.push({ text, stage: String(facts["stage"]), facts });
      },
    };
  }

  replicas(): readonly Replica[] {
    return [...this.#seen.values()]
      .filter(({ state }) => state !== "removed")
      .map((replica) => this.#asSeen(this.asKnown(replica)));
  }

  async outlook(...aimed: readonly string[]): Promise<Outlook> {
    const replicas = (await this.engine.replicas()).map((replica) => this.#asSeen(replica));
    return {
      aimed: replicas.filter(({ name }) => aimed.length === 0 || aimed.includes(name)),
      replicas,
      remembered: this.remembered,
      answersName: this.answersName,
      fetch: true,
      onProgress: () => undefined,
    };
  }

  foresee(given: object, ...aimed: readonly string[]): Promise<Foreseen> {
    return this.outlook(...aimed).then((outlook) => foresee(this.powers, parsed(given), outlook));
  }

  /** What was done to the service, without what was only got ready. */
  get deeds(): readonly string[] {
    return this.calls.filter((call) => !call.startsWith("pin"));
  }

  /** Plays it as far as it goes. */
  async play(given: object, ...aimed: readonly string[]): Promise<Ended> {
    const foreseen = await this.foresee(given, ...aimed);
    return this.playForeseen(given, foreseen);
  }

  playForeseen(given: object, foreseen: Foreseen): Promise<Ended> {
    const course = this.course(foreseen as unknown as Json);
    return new Rollout(this.powers, parsed(given), course, this.hold).run();
  }

  /** The version of each replica that there is. */
  async versions(): Promise<Readonly<Record<string, string | null>>> {
    const replicas = await this.engine.replicas();
    return Object.fromEntries(replicas.map(({ name, version }) => [name, version]));
  }

  async get(name: string): Promise<Replica> {
    const found = (await this.engine.replicas()).find((replica) => replica.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return this.#asSeen(found);
  }

  /** Done when a note of that stage is told. */
  when(stage: string, deed: () => unknown): void {
    const push = this.notes.push.bind(this.notes);
    this.notes.push = (...notes) => {
      const length = push(...notes);
      if (notes.some((note) => note.stage === stage)) deed();
      return length;
    };
  }

  stages(): readonly string[] {
    return this.notes.map(({ stage }) => stage);
  }

  #asSeen(replica: Replica): Replica {
    const ready = this.isReady(replica);
    return { ...replica, ready, ...(ready ? {} : { unready: "GET /ready answered 503" }) };
  }

  async #watch(): Promise<void> {
    for await (const { replica } of this.engine.events(this.#stop.signal)) {
      this.#seen.set(replica.key, replica);
    }
  }

  async #send(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.clock.sleep(100, signal);
      this.buckets.push(bucketAt(this.clock.now() - 100_000, this.replicas(), this.answers));
    }
  }
}

type Facts = { readonly [key: string]: Json };

export function refOf({ key, service, name, instance }: Replica): TargetRef {
  return { key, service, name, instance };
}

function parsed(given: object): RolloutParams {
  return params.parse({ to: "v2", samples: 100, ...given });
}

/** app1, app2 and app3 of `app`, up in v1, with v1, v2 and v3 to move to. */
export async function createBench({
  replicas = ["app1", "app2", "app3"],
  spec = {},
}: BenchOptions = {}): Promise<Bench> {
  const clock = new LeapingClock();
  let ids = 0;
  const world: World = {
    clock,
    env: {},
    cwd: "/",
    platform: "linux",
    pid: 1,
    execPath: "node",
    packageRoot: "/",
    stateHome: "/",
    drawSeed: () => 1,
    drawId: () => `id-${++ids}`,
  };
  const stack = {
    project: "p",
    file: null,
    directory: "/",
    profiles: [],
    replicas: replicas.map((name) => ({ ...SPEC, ...spec, name })),
  };
  const engine = await createDryEngine({ stack, world, stateDirectory: "/" });
  await engine.up({ timeoutMs: 1000, onProgress: () => undefined });
  const { id } = await engine.lease({ ttlMs: 10_000, downOnExpiry: false });
  return new Bench(engine, { lease: id, injection: "update#1" }, clock);
}

const SPEC: ReplicaSpec = {
  name: "app1",
  service: "app",
  environment: { APP_VERSION: "v1" },
  dependsOn: [],
  restart: { mode: "no", maxRetries: null },
  stopGraceMs: 1000,
  stopSignal: "SIGTERM",
  healthcheck: null,
  container: null,
  process: null,
  ready: "running",
  identify: { replica: null, version: null },
  versions: { v1: V1, v2: V2, v3: V3 },
  ports: [],
};
