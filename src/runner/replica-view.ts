import type { EngineEvent, Replica } from "../model/replica.ts";

/** The replicas as the engine's events say they are now: a fold, so it can be asked at any time without asking the engine. */
export class ReplicaView {
  readonly #byKey = new Map<string, Replica>();
  /** Keys that were there from the first; others are replicas that a step has added. */
  readonly #first = new Set<string>();
  readonly #removedByOthers = new Set<string>();

  /** Keys of replicas that were removed neither by a command of ours nor by the engine's policy. */
  get removedByOthers(): ReadonlySet<string> {
    return this.#removedByOthers;
  }

  see(event: EngineEvent): void {
    if (event.type === "removed" && event.by === "itself") {
      this.#removedByOthers.add(event.replica.key);
    }
    const { key } = event.replica;
    if (event.type === "snapshot") this.#first.add(key);
    if (event.type === "removed" && !this.#first.has(key)) this.#byKey.delete(key);
    else this.#byKey.set(key, event.replica);
  }

  get(key: string): Replica | undefined {
    return this.#byKey.get(key);
  }

  all(): readonly Replica[] {
    return [...this.#byKey.values()];
  }

  /** Those that were there from the first: whom steps choose from. What a step has added is in that step's hands. */
  lasting(): readonly Replica[] {
    return this.all().filter(({ key }) => this.#first.has(key));
  }

  /** Replicas that are not ready, by name, with the reason where that is known. */
  notReady(): readonly string[] {
    return this.all()
      .filter(({ ready }) => !ready)
      .map(({ name, unready }) => (unready === undefined ? name : `${name} (${unready})`));
  }
}
