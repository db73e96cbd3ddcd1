import type { EngineEvent, EngineEventType, Replica, ReplicaState } from "../../model/replica.ts";
import type { ReplicaSpec } from "../../model/stack.ts";
import { type Inspected, instanceOf } from "./inspected.ts";

type By = EngineEvent["by"];

/** How a life ended: exactly one of the two is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** On what it rests that a replica is ready. */
export type ReadyBasis = "answer" | "health" | "running";

/** What replicas of one project share. */
export interface RecordSetting {
  /** Can a container be asked for its ready path? */
  readonly canAsk: (container: Inspected, spec: ReplicaSpec) => boolean;
  readonly emit: (event: EngineEvent) => void;
}

/** When something happened, on the world's clock, and who did it. */
export interface Circumstance {
  readonly at: number;
  readonly by: By;
}

/** Exit codes by which Docker tells of a signal that no process can handle or that it raises itself. */
const SIGNALS: Readonly<Record<number, string>> = {
  134: "SIGABRT",
  137: "SIGKILL",
  139: "SIGSEGV",
};

/** A death as Docker tells it. */
export function exitOf(code: number): Exit {
  const signal = SIGNALS[code];
  return signal === undefined ? { code, signal: null } : { code: null, signal };
}

/** What is known of one replica, and the events that tell of every change of it. */
export class ReplicaRecord {
  readonly spec: ReplicaSpec;
  readonly key: string;
  /** The container as it was last inspected; null: there is none. */
  container: Inspected | null = null;
  /** The next container is made before the last one has ended, or is gone: this is the next. */
  heir: string | null = null;
  state: ReplicaState = "removed";
  instance: string | null = null;
  /** How its last life ended; null: not seen. */
  lastExit: Exit | null = null;
  /** Was it signalled through the API in this life? Docker takes that for the user's will to end it. */
  signalled: number | null = null;
  /** How often it has died while it was watched. */
  deaths = 0;
  readonly #setting: RecordSetting;
  /** What the last look at its ready path said, for people. */
  #detail = "not asked yet";
  #bornAt = 0;
  #health: Replica["health"] = "none";
  #restarts = 0;
  #version: string | null = null;
  #answersWell = false;
  #announcedReady = false;

  constructor(spec: ReplicaSpec, key: string, setting: RecordSetting) {
    this.spec = spec;
    this.key = key;
    this.#setting = setting;
  }

  get isAlive(): boolean {
    return this.instance !== null;
  }

  /** Has a life of it been seen? */
  get isKnown(): boolean {
    return this.isAlive || this.deaths > 0;
  }

  /** Wall time of the daemon at which this life began, µs. */
  get bornAt(): number {
    return this.#bornAt;
  }

  view(): Replica {
    return {
      key: this.key,
      service: this.spec.service,
      name: this.spec.name,
      state: this.state,
      health: this.#currentHealth(),
      ready: this.#isReady(),
      ...(this.#isReady() ? {} : { unready: this.#whyUnready() }),
      version: this.#version,
      instance: this.instance,
      startedAt: this.isAlive ? Math.floor(this.#bornAt / 1000) : null,
      restarts: this.#restarts,
    };
  }

  /** On what `ready` rests, as far as that can be told now. */
  get basis(): ReadyBasis {
    const { container, spec } = this;
    const isAll = spec.ready === "running" && spec.container?.unseen !== true;
    if (isAll || container === null) return "running";
    if (typeof spec.ready === "object" && this.#setting.canAsk(container, spec)) return "answer";
    return container.health === "none" ? "running" : "health";
  }

  /** Takes on a container that was there before we looked. Tells of nothing. */
  found(container: Inspected): void {
    this.#take(container);
    this.state = container.state;
    this.#health = container.health;
    this.#restarts = container.restarts;
    if (container.pid > 0) this.#live(container, instanceOf(container));
    if (container.state === "exited") this.lastExit = exitOf(container.exitCode);
    this.#announcedReady = this.#isReady();
  }

  created(container: Inspected, { at, by }: Circumstance): void {
    this.#take(container);
    this.heir = null;
    this.state = "created";
    this.instance = null;
    this.#restarts = 0;
    this.#health = container.health;
    this.#tell("created", at, by);
  }

  started(container: Inspected, instance: string, circumstance: Circumstance): void {
    this.container = container;
    this.signalled = null;
    this.#restarts = container.restarts;
    this.#health = container.health === "none" ? "none" : "starting";
    this.#live(container, instance);
    this.changed("running", "started", circumstance);
  }

  /** `next`: whether the restart policy will revive it. The event itself says that it is no longer ready. */
  died(next: "restarting" | "exited", exit: Exit, { at, by }: Circumstance): void {
    const { instance } = this;
    this.lastExit = exit;
    this.deaths += 1;
    this.instance = null;
    this.#answersWell = false;
    if (next === "restarting") this.#restarts += 1;
    this.#announcedReady = false;
    this.state = next;
    this.#tell("died", at, by, instance, exit);
  }

  removed(circumstance: Circumstance): void {
    this.container = null;
    this.instance = null;
    this.#restarts = 0;
    this.#announcedReady = false;
    this.state = "removed";
    this.#tell("removed", circumstance.at, circumstance.by);
  }

  /** Another state, told by an event, and what it means for readiness by a second one. */
  changed(state: ReplicaState, type: EngineEventType, { at, by }: Circumstance): void {
    this.state = state;
    if (state !== "running") this.#answersWell = false;
    this.#tell(type, at, by);
    this.announceReady(at);
  }

  /** What its healthcheck says now. */
  healthIs(health: "healthy" | "unhealthy", at: number): void {
    const before = this.#health;
    this.#health = health;
    if (health !== before) this.#tell(health, at, "itself");
    this.announceReady(at);
  }

  /** What its ready path says now; a version that no answer names stays: a new life most likely has the old one. */
  answered(ok: boolean, detail: string, version: string | null, at: number): void {
    this.#answersWell = ok;
    this.#detail = detail;
    this.#version = version ?? this.#version;
    this.announceReady(at);
  }

  announceReady(at: number): void {
    const ready = this.#isReady();
    if (ready === this.#announcedReady) return;
    this.#announcedReady = ready;
    this.#tell(ready ? "ready" : "unready", at, "itself");
  }

  /** What is known of the version holds for another container too, unless that is of another release. */
  #take(container: Inspected): void {
    const isSame = this.container === null || this.container.release === container.release;
    this.#version = isSame ? (container.version ?? this.#version) : container.version;
    this.container = container;
  }

  #live(container: Inspected, instance: string): void {
    this.instance = instance;
    this.#bornAt = container.startedAt;
    this.#answersWell = false;
    this.#detail = "not asked yet";
  }

  /** Docker keeps the last word of a healthcheck beyond death. */
  #currentHealth(): Replica["health"] {
    if (this.container === null || this.#health === "none") return "none";
    if (this.isAlive) return this.#health;
    return this.state === "created" ? "starting" : "unhealthy";
  }

  #whyUnready(): string {
    if (this.state !== "running" || this.basis === "running") return `it is ${this.state}`;
    return this.basis === "answer" ? this.#detail : `its healthcheck says ${this.#health}`;
  }

  #isReady(): boolean {
    if (this.state !== "running") return false;
    switch (this.basis) {
      case "answer":
        return this.#answersWell;
      case "health":
        return this.#health === "healthy";
      case "running":
        return true;
    }
  }

  #tell(
    type: EngineEventType,
    at: number,
    by: By,
    instance = this.instance,
    exit: Exit | null = null,
  ): void {
    this.#setting.emit({
      type,
      at,
      replica: this.view(),
      instance,
      exitCode: exit?.code ?? null,
      signal: exit?.signal ?? null,
      by,
    });
  }
}
