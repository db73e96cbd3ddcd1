import type { EngineEvent, Replica } from "../model/replica.ts";

/** The replicas as the engine's events say they are now: a fold, so it can be asked at any time without asking the engine. */
export class ReplicaView {
  readonly #byKey = new Map<string, Replica>();

  see(event: EngineEvent): void {
    this.#byKey.set(event.replica.key, event.replica);
  }

  get(key: string): Replica | undefined {
    return this.#byKey.get(key);
  }

  all(): readonly Replica[] {
    return [...this.#byKey.values()];
  }

  /** Replicas that are not ready, by name. */
  notReady(): readonly string[] {
    return this.all()
      .filter((replica) => !replica.ready)
      .map((replica) => replica.name);
  }
}
