import { AegisError } from "../../kit/errors.ts";
import type { Clock } from "../../kit/world.ts";
import type { EngineEvent, EngineEventType, Replica, ReplicaState } from "../../model/replica.ts";
import type { ReplicaSpec } from "../../model/stack.ts";
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
  #state: ReplicaState = "created";
  #instance: string | null = null;
  #startedAt: number | null = null;
  #bornAt = 0;
  #restarts = 0;
  #heldDown = false;
  #memory = FRESH_MEMORY;
  /** Changes whenever a planned revival is void. */
  #plan = 0;

  constructor(spec: ReplicaSpec, setting: DrySetting) {
    this.spec = spec;
    this.#setting = setting;
  }

  get isAlive(): boolean {
    return this.#instance !== null;
  }

  view(): Replica {
    const isRunning = this.#state === "running";
    const { healthcheck, name, service } = this.spec;
    const health = isRunning ? "healthy" : "unhealthy";
    return {
      key: `${this.#setting.project}/${name}`,
      service,
      name,
      state: this.#state,
      health: healthcheck === null ? "none" : health,
      ready: isRunning,
      version: this.spec.environment["APP_VERSION"] ?? null,
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

  remove(): void {
    if (this.#state === "removed") return;
    this.end({ code: null, signal: "SIGKILL" }, true);
    this.#change("removed", "removed", "aegis");
  }

  /** Declared only, as before the first `up`. */
  forget(): void {
    this.#state = "created";
  }

  recreate(by: By = "aegis"): void {
    if (this.#state === "removed") this.create(by);
    this.start(by);
  }

  needExistence(): void {
    if (this.#state === "removed") throw this.#cannot("was removed");
  }

  needLife(): void {
    this.needExistence();
    if (!this.isAlive) throw this.#cannot(`is not running (${this.#state})`);
  }

  #cannot(reason: string): AegisError {
    return new AegisError("ENVIRONMENT", `${this.spec.name} ${reason}`);
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
  ): void {
    this.#setting.emit({
      type,
      at: this.#setting.clock.now(),
      replica: this.view(),
      instance,
      exitCode: exit?.code ?? null,
      signal: exit?.signal ?? null,
      by,
    });
  }
}
