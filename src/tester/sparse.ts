import { bucketOf, type SparseHistogram } from "../kit/histogram.ts";

/** A histogram that costs memory only for what it holds: many of these are open at a time, each with few values. */
export class SparseRecorder {
  readonly #counts = new Map<number, number>();
  /** The largest value, exact; 0 when empty. */
  max = 0;

  record(value: number): void {
    const index = bucketOf(value);
    this.#counts.set(index, (this.#counts.get(index) ?? 0) + 1);
    if (value > this.max) this.max = value;
  }

  toSparse(): SparseHistogram {
    const sparse: number[] = [];
    for (const [index, count] of [...this.#counts].sort((a, b) => a[0] - b[0])) {
      sparse.push(index, count);
    }
    return sparse;
  }
}
