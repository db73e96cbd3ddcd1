import { AegisError } from "../../kit/errors.ts";
import type { Clock } from "../../kit/world.ts";
import type { EngineEvent, EngineEventType, Replica, ReplicaState } from "../../model/replica.ts";
import type { Release, ReplicaSpec } from "../../model/stack.ts";
import { removedReplica } from "../absent-replica.ts";
import { DECLARED_RELEASE } from "../released.ts";
import { afterDeath, FRESH_MEMORY } from "../restart-policy.ts";

type By = EngineEvent["by"];

/** How a remembered life ended. */
export interface DryExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What replicas of one project share. */
export interface DrySetting {
  readonly project: string;
  readonly clock: Clock;
  readonly drawInstance: () => string;
  readonly emit: (event: EngineEvent) => void;
}

/** A replica that exists in memory only. It is ready as soon as it runs, and revived as its policy says, by the world's clock. */
export class RememberedReplica {
  readonly spec: ReplicaSpec;
  readonly #setting: DrySetting;
  #name: string;
  #release: Release;
  /** Of before a `put` that no start has followed yet. */
  #formerRelease: Release | null = null;
  #state: ReplicaState = "created";
  #instance: string | null = null;
  #startedAt: number | null = null;
  #bornAt = 0;
  #restarts = 0;
  #heldDown = false;
  #memory = FRESH_MEMORY;
  /** Changes whenever a planned revival is void. */
  #plan = 0;

  /** `name` and `release`: others than those that are declared, of a newcomer. */
  constructor(
    spec: ReplicaSpec,
    setting: DrySetting,
    { name, release } = { name: spec.name, release: DECLARED_RELEASE },
  ) {
    this.spec = spec;
    this.#setting = setting;
    this.#name = name;
    this.#release = release;
  }

  get release(): Release {
    return this.#release;
  }

  get isAlive(): boolean {
    return this.#instance !== null;
  }

  view(): Replica {
    const isRunning = this.#state === "running";
    const { healthcheck, service } = this.spec;
    const health = isRunning ? "healthy" : "unhealthy";
    return {
      key: `${this.#setting.project}/${this.#name}`,
      service,
      name: this.#name,
      state: this.#state,
      health: healthcheck === null ? "none" : health,
      ready: isRunning,
      ...(isRunning ? {} : { unready: `it is ${this.#state}` }),
      version: this.#version(),
      instance: this.#instance,
      startedAt: this.#startedAt,
      restarts: this.#restarts,
    };
  }

  create(by: By = "aegis"): void {
    this.#restarts = 0;
    this.#change("created", "created", by);
  }

  start(by: By, isRevival = false): void {
    this.needExistence();
    this.#heldDown = false;
    if (this.isAlive) return;
    this.#formerRelease = null;
    this.#plan += 1;
    if (isRevival) this.#restarts += 1;
    else this.#memory = FRESH_MEMORY;
    this.#instance = this.#setting.drawInstance();
    this.#startedAt = this.#setting.clock.wall().getTime();
    this.#bornAt = this.#setting.clock.now();
    this.#change("running", "started", by);
    this.#tell("ready", "itself");
  }

  /** Ends the life that runs; `held`: the policy does not revive it. */
  end(exit: DryExit, held: boolean): void {
    this.#heldDown = held;
    this.#plan += 1;
    if (!this.isAlive) {
      if (this.#state === "restarting") this.#change("exited", "snapshot", "aegis");
      return;
    }
    const { clock } = this.#setting;
    const ranMs = (clock.now() - this.#bornAt) / 1000;
    const life = { failed: exit.code !== 0, ranMs };
    const next = this.#heldDown ? null : afterDeath(this.spec.restart, this.#memory, life);
    const { instance } = this.view();
    this.#instance = null;
    this.#startedAt = null;
    this.#state = next === null ? "exited" : "restarting";
    this.#tell("died", "aegis", instance, exit);
    if (next === null) return;
    this.#memory = next;
    const plan = this.#plan;
    void clock.sleep(next.delayMs).then(() => {
      if (this.#plan === plan) this.start("policy", true);
    });
  }

  pause(): void {
    this.needLife();
    if (this.#state === "paused") return;
    this.#change("paused", "paused", "aegis");
    this.#tell("unready", "itself");
  }

  unpause(by: By = "aegis"): void {
    if (this.#state !== "paused") return;
    this.#change("running", "unpaused", by);
    this.#tell("ready", "itself");
  }

  remove(by: By = "aegis"): void {
    if (this.#state === "removed") return;
    this.end({ code: null, signal: "SIGKILL" }, true);
    this.#change("removed", "removed", by);
  }

  /** Declared only, as before the first `up`. */
  forget(): void {
    this.#release = DECLARED_RELEASE;
    this.#formerRelease = null;
    this.#state = "created";
  }

  recreate(by: By = "aegis"): void {
    if (this.#state === "removed") this.create(by);
    this.start(by);
  }

  /** Of that release from its next life on. */
  put(release: Release): void {
    this.needStopped();
    this.#formerRelease ??= this.#release;
    this.#become(release);
  }

  /** Takes back a release that it was given and never started with. */
  unput(): void {
    if (this.#formerRelease !== null) this.#become(this.#formerRelease);
    this.#formerRelease = null;
  }

  /** Goes on under the name of one that is no more: started under it before it is gone under its own. */
  succeed(former: RememberedReplica): void {
    const gone = removedReplica(this.view());
    this.#name = former.#name;
    this.#restarts += former.#restarts;
    this.#tell("started", "aegis");
    if (this.#state === "running") this.#tell("ready", "itself");
    this.#tell("removed", "aegis", null, null, gone);
  }

  needStopped(): void {
    if (!this.isAlive && this.#state !== "restarting") return;
    throw this.#cannot(`must be stopped for that (${this.#state})`);
  }

  needExistence(): void {
    if (this.#state === "removed") throw this.#cannot("was removed");
  }

  needLife(): void {
    this.needExistence();
    if (!this.isAlive) throw this.#cannot(`is not running (${this.#state})`);
  }

  #version(): string | null {
    const { env, name } = this.#release;
    return env["APP_VERSION"] ?? name ?? this.spec.environment["APP_VERSION"] ?? null;
  }

  #become(release: Release): void {
    if (JSON.stringify(release) === JSON.stringify(this.#release)) return;
    this.#release = release;
    this.#tell("snapshot", "aegis");
  }

  #cannot(reason: string): AegisError {
    return new AegisError("ENVIRONMENT", `${this.#name} ${reason}`);
  }

  #change(state: ReplicaState, type: EngineEventType, by: By): void {
    this.#state = state;
    this.#tell(type, by);
  }

  #tell(
    type: EngineEventType,
    by: By,
    instance = this.#instance,
    exit: DryExit | null = null,
    replica = this.view(),
  ): void {
    this.#setting.emit({
      type,
      at: this.#setting.clock.now(),
      replica,
      instance,
      exitCode: exit?.code ?? null,
      signal: exit?.signal ?? null,
      by,
    });
  }
}
