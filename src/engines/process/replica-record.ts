import type { EngineEvent, EngineEventType, Replica, ReplicaState } from "../../model/replica.ts";
import type { ReplicaSpec } from "../../model/stack.ts";
import type { Exit } from "./life.ts";
import { type Observed, unobserved } from "./watch.ts";

type By = EngineEvent["by"];

/** What is known of one replica, and the events that tell of every change of it. */
export class ReplicaRecord {
  state: ReplicaState = "created";
  instance: string | null = null;
  restarts = 0;
  observed: Observed;
  /** How its last life ended. */
  lastExit: Exit = { code: null, signal: null };
  /** How often it has died. */
  deaths = 0;
  readonly #spec: ReplicaSpec;
  readonly #key: string;
  readonly #now: () => number;
  readonly #emit: (event: EngineEvent) => void;
  #startedAt: number | null = null;
  #announcedReady = false;

  constructor(
    spec: ReplicaSpec,
    project: string,
    now: () => number,
    emit: (event: EngineEvent) => void,
  ) {
    this.#spec = spec;
    this.#key = `${project}/${spec.name}`;
    this.#now = now;
    this.#emit = emit;
    this.observed = unobserved(spec);
  }

  view(): Replica {
    return {
      key: this.#key,
      service: this.#spec.service,
      name: this.#spec.name,
      state: this.state,
      health: this.observed.health,
      ready: this.#isReady(),
      version: this.observed.version,
      instance: this.instance,
      startedAt: this.#startedAt,
      restarts: this.restarts,
    };
  }

  created(by: By = "aegis"): void {
    this.state = "created";
    this.restarts = 0;
    this.observed = unobserved(this.#spec);
    this.tell("created", by);
  }

  /** The version is kept until an answer names another: a new life most likely has the old one. */
  started(pid: number, by: By, isRevival: boolean): void {
    if (isRevival) this.restarts += 1;
    this.instance = String(pid);
    this.#startedAt = Date.now();
    this.observed = { ...unobserved(this.#spec), version: this.observed.version };
    this.changed("running", "started", by);
  }

  /** `next`: whether the restart policy will revive it. The event itself says that it is no longer ready. */
  died(next: "restarting" | "exited", by: By, exit: Exit): void {
    const { instance } = this;
    this.lastExit = exit;
    this.deaths += 1;
    const health = this.#spec.healthcheck === null ? "none" : "unhealthy";
    this.observed = { ...this.observed, ready: false, health, detail: "it does not run" };
    this.instance = null;
    this.#startedAt = null;
    this.#announcedReady = false;
    this.state = next;
    this.tell("died", by, instance, exit);
  }

  /** Another state, told by an event, and what it means for readiness by a second one. */
  changed(state: ReplicaState, type: EngineEventType, by: By): void {
    this.state = state;
    this.tell(type, by);
    this.#announceReady();
  }

  /** What the probes say now. */
  observe(observed: Observed): void {
    const before = this.observed.health;
    this.observed = observed;
    const { health } = observed;
    if (health !== before && (health === "healthy" || health === "unhealthy")) {
      this.tell(health, "itself");
    }
    this.#announceReady();
  }

  tell(type: EngineEventType, by: By, instance = this.instance, exit: Exit | null = null): void {
    this.#emit({
      type,
      at: this.#now(),
      replica: this.view(),
      instance,
      exitCode: exit?.code ?? null,
      signal: exit?.signal ?? null,
      by,
    });
  }

  #announceReady(): void {
    const ready = this.#isReady();
    if (ready === this.#announcedReady) return;
    this.#announcedReady = ready;
    this.tell(ready ? "ready" : "unready", "itself");
  }

  #isReady(): boolean {
    return isReadyByRunning(this.#spec)
      ? this.state === "running"
      : this.instance !== null && this.observed.ready;
  }
}

/** Is nothing declared that could tell more than that it runs? */
export function isReadyByRunning({ ready, healthcheck }: ReplicaSpec): boolean {
  return ready === "running" || (ready === "health" && healthcheck === null);
}
