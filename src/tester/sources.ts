import type { SourceSlot } from "../model/journal.ts";
import { SparseRecorder } from "./sparse.ts";

/** Names beyond these count together: a header that is different in each answer must not fill the memory. */
export const NAMES_KEPT = 64;
export const OTHER = "(other)";

/** An answer, whatever its status. */
interface Answer {
  readonly replica: string | null;
  readonly version: string | null;
  readonly ok: boolean;
  /** µs from due. */
  readonly took: number;
}

class Slot {
  ok = 0;
  failed = 0;
  readonly latency = new SparseRecorder();
}

/** Answers by the pair of replica and version that gave them. */
export class SourceRecorder {
  readonly #slots = new Map<string | null, Map<string | null, Slot>>();
  #count = 0;

  record({ replica, version, ok, took }: Answer): void {
    const slot = this.#slotOf(replica, version);
    if (!ok) {
      slot.failed += 1;
      return;
    }
    slot.ok += 1;
    slot.latency.record(took);
  }

  /** In the order in which they answered first. */
  toSlots(): readonly SourceSlot[] {
    return [...this.#slots].flatMap(([replica, versions]) =>
      [...versions].map(([version, { ok, failed, latency }]) => ({
        replica,
        version,
        ok,
        failed,
        latency: latency.toSparse(),
      })),
    );
  }

  #slotOf(replica: string | null, version: string | null): Slot {
    const known = this.#slots.get(replica)?.get(version);
    if (known !== undefined) return known;
    const isFull = this.#count >= NAMES_KEPT && replica !== OTHER;
    return isFull ? this.#slotOf(OTHER, OTHER) : this.#open(replica, version);
  }

  #open(replica: string | null, version: string | null): Slot {
    const slot = new Slot();
    const versions = this.#slots.get(replica) ?? new Map<string | null, Slot>();
    this.#slots.set(replica, versions.set(version, slot));
    this.#count += 1;
    return slot;
  }
}
