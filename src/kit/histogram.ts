/**
 * A log-linear histogram of non-negative integers (microseconds here): exact below 128, then 128 sub-buckets for each
 * power of two, so a value is known within 0.4 %. After HdrHistogram (Gil Tene), as an array of counters:
 * mergeable, so percentiles of a whole are never averages of percentiles of parts.
 */
export const SUB_BUCKETS = 128;
const SUB_BITS = 7;
/** Values from 2^32 on (71 minutes) count in the last bucket. */
export const BUCKET_COUNT = SUB_BUCKETS * (32 - SUB_BITS + 1);

/** Non-empty buckets as `[index, count, index, count, ...]`, indices ascending. */
export type SparseHistogram = readonly number[];

export function bucketOf(value: number): number {
  const v = Math.max(0, Math.min(0xffffffff, Math.round(value)));
  if (v < SUB_BUCKETS) return v;
  const shift = 31 - Math.clz32(v) - SUB_BITS;
  return SUB_BUCKETS * (shift + 1) + ((v >>> shift) & (SUB_BUCKETS - 1));
}

/** The middle of a bucket's range. */
export function bucketValue(index: number): number {
  if (index < SUB_BUCKETS) return index;
  const shift = Math.floor(index / SUB_BUCKETS) - 1;
  const low = (SUB_BUCKETS + (index % SUB_BUCKETS)) * 2 ** shift;
  return low + (2 ** shift - 1) / 2;
}

/** Counters to record into and to merge sparse ones into. */
export class Histogram {
  readonly counts = new Uint32Array(BUCKET_COUNT);
  #total = 0;
  #max = 0;

  get total(): number {
    return this.#total;
  }

  /** The largest value recorded; of merged sparse ones the middle of the highest bucket. */
  get max(): number {
    return this.#max;
  }

  record(value: number): void {
    const index = bucketOf(value);
    this.counts[index] = (this.counts[index] as number) + 1;
    this.#total += 1;
    if (value > this.#max) this.#max = value;
  }

  merge(sparse: SparseHistogram): void {
    for (let i = 0; i + 1 < sparse.length; i += 2) {
      const index = sparse[i] as number;
      const count = sparse[i + 1] as number;
      this.counts[index] = (this.counts[index] as number) + count;
      this.#total += count;
      if (bucketValue(index) > this.#max) this.#max = bucketValue(index);
    }
  }

  /** The value at quantile q (0..1) by nearest rank; NaN when empty. */
  quantile(q: number): number {
    if (this.#total === 0) return Number.NaN;
    const wanted = Math.max(1, Math.ceil(q * this.#total));
    let seen = 0;
    for (let index = 0; index < BUCKET_COUNT; index++) {
      seen += this.counts[index] as number;
      if (seen >= wanted) return Math.min(bucketValue(index), this.#max);
    }
    return this.#max;
  }

  toSparse(): SparseHistogram {
    const sparse: number[] = [];
    for (let index = 0; index < BUCKET_COUNT; index++) {
      const count = this.counts[index] as number;
      if (count > 0) sparse.push(index, count);
    }
    return sparse;
  }

  clear(): void {
    this.counts.fill(0);
    this.#total = 0;
    this.#max = 0;
  }
}
