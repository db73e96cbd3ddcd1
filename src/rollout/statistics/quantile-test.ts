import { bucketOf, bucketValue, Histogram, type SparseHistogram } from "../../kit/histogram.ts";
import { fisherMore, type Part } from "./fisher.ts";

/** Two latencies at one quantile. Values in µs. */
export interface QuantileTest {
  readonly quantile: number;
  /** NaN of a histogram that is empty. */
  readonly newcomer: number;
  readonly others: number;
  /** Parts both together, as near to the quantile as ties allow, and how many of each are above it. */
  readonly threshold: number;
  readonly above: { readonly newcomer: Part; readonly others: Part };
  /** How likely so many of the newcomer's are above it, were there no difference. */
  readonly p: number;
}

/**
 * Is the newcomer slower at that quantile? Mood's median test (A. M. Mood, "Introduction to the Theory of Statistics", 1950),
 * at any quantile: the table of values above and not above the pooled one, weighed by Fisher's exact test. Where the values
 * are parted depends on all of them together, never on whose they are, so the table is hypergeometric given its margins
 * whatever the distribution of latencies, ties included, and the error of the first kind is kept.
 */
export function quantileTest(
  newcomer: SparseHistogram,
  others: SparseHistogram,
  quantile: number,
): QuantileTest {
  const [one, other, both] = [
    histogramOf(newcomer),
    histogramOf(others),
    histogramOf(newcomer, others),
  ];
  const bucket = partingBucket(both, quantile);
  const above = {
    newcomer: { has: countAbove(newcomer, bucket), of: one.total },
    others: { has: countAbove(others, bucket), of: other.total },
  };
  return {
    quantile,
    newcomer: one.quantile(quantile),
    others: other.quantile(quantile),
    threshold: both.total === 0 ? Number.NaN : bucketValue(bucket),
    above,
    p: fisherMore(above.newcomer, above.others),
  };
}

function histogramOf(...parts: readonly SparseHistogram[]): Histogram {
  const histogram = new Histogram();
  for (const part of parts) histogram.merge(part);
  return histogram;
}

/**
 * What is in later buckets is above. That of the quantile itself belongs to the side on which the shares are nearer to those
 * asked for: where many answers take the same time (a timeout of their own), nothing would be above it.
 */
function partingBucket(both: Histogram, quantile: number): number {
  const bucket = bucketOf(both.quantile(quantile));
  const sparse = both.toSparse();
  const distance = (candidate: number): number => {
    const share = countAbove(sparse, candidate) / both.total;
    return Math.abs(logit(share) - logit(1 - quantile));
  };
  return distance(bucket - 1) < distance(bucket) ? bucket - 1 : bucket;
}

/** Infinite where all or none is above: the farthest from any quantile. */
function logit(share: number): number {
  return Math.log(share / (1 - share));
}

function countAbove(sparse: SparseHistogram, bucket: number): number {
  let count = 0;
  for (let i = 0; i + 1 < sparse.length; i += 2) {
    if ((sparse[i] as number) > bucket) count += sparse[i + 1] as number;
  }
  return count;
}
