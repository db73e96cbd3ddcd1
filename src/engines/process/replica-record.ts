import type { EngineEvent, EngineEventType, Replica, ReplicaState } from "../../model/replica.ts";
import type { Release, ReplicaSpec } from "../../model/stack.ts";
import { removedReplica } from "../absent-replica.ts";
import { DECLARED_RELEASE, withRelease } from "../released.ts";
import type { Exit } from "./life.ts";
import { type Observed, unobserved } from "./watch.ts";

type By = EngineEvent["by"];

/** What it is called, and what it runs. */
export interface Identity {
  readonly name: string;
  readonly release: Release;
}

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
  /** As the stack declares it, whatever it is called and whatever it runs. */
  readonly declared: ReplicaSpec;
  #name: string;
  #release: Release;
  #spec: ReplicaSpec;
  readonly #project: string;
  readonly #now: () => number;
  readonly #emit: (event: EngineEvent) => void;
  #startedAt: number | null = null;
  #announcedReady = false;

  constructor(
    declared: ReplicaSpec,
    project: string,
    now: () => number,
    emit: (event: EngineEvent) => void,
    { name, release }: Identity = { name: declared.name, release: DECLARED_RELEASE },
  ) {
    this.declared = declared;
    this.#name = name;
    this.#release = release;
    this.#spec = withRelease(declared, release);
    this.#project = project;
    this.#now = now;
    this.#emit = emit;
    this.observed = unobserved(this.#spec);
  }

  get name(): string {
    return this.#name;
  }

  get release(): Release {
    return this.#release;
  }

  /** As its release has it. */
  get spec(): ReplicaSpec {
    return this.#spec;
  }

  view(): Replica {
    return {
      key: `${this.#project}/${this.#name}`,
      service: this.#spec.service,
      name: this.#name,
      state: this.state,
      health: this.observed.health,
      ready: this.#isReady(),
      ...(this.#isReady() ? {} : { unready: this.#whyUnready() }),
      version: this.observed.version ?? this.#release.name,
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
    this.observed = { ...this.observed, ready: false, health };
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

  /** Of another release from its next life on: no answer has named its version yet. */
  put(release: Release): void {
    if (JSON.stringify(release) === JSON.stringify(this.#release)) return;
    this.#release = release;
    this.#spec = withRelease(this.declared, release);
    this.observed = { ...this.observed, version: null };
    this.tell("snapshot", "aegis");
  }

  /**
   * Goes on under the name of one that is no more, with all that it is. Told in an order in which nobody who folds the
   * events ever counts one too few: it has started under the new name before it is gone under its own.
   */
  succeed(former: ReplicaRecord): void {
    const gone = removedReplica(this.view());
    this.#name = former.#name;
    this.restarts += former.restarts;
    this.tell("started", "aegis");
    if (this.#announcedReady) this.tell("ready", "itself");
    this.#emit({ ...this.#event("removed", "aegis"), replica: gone, instance: null });
  }

  tell(type: EngineEventType, by: By, instance = this.instance, exit: Exit | null = null): void {
    this.#emit({
      ...this.#event(type, by),
      instance,
      exitCode: exit?.code ?? null,
      signal: exit?.signal ?? null,
    });
  }

  #event(type: EngineEventType, by: By): EngineEvent {
    const { instance } = this;
    const at = this.#now();
    return { type, at, replica: this.view(), instance, exitCode: null, signal: null, by };
  }

  #announceReady(): void {
    const ready = this.#isReady();
    if (ready === this.#announcedReady) return;
    this.#announcedReady = ready;
    this.tell(ready ? "ready" : "unready", "itself");
  }

  #whyUnready(): string {
    return this.state === "running" ? this.observed.detail : `it is ${this.state}`;
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
