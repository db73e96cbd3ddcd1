/** Up to here every order of the values is counted; 18! still fits a double. */
const EXACT_UP_TO = 18;

/**
 * How likely values are to rise so steadily by chance: the one-sided Mann-Kendall test (H. B. Mann, "Nonparametric tests against
 * trend", Econometrica 13, 1945; M. G. Kendall, "Rank Correlation Methods", 1975). Values in the order of their times. Exact for
 * up to 18, ties included: pairs in order less pairs out of order is what counts, and how many orders of the same values have
 * so few out of order is a q-multinomial coefficient (P. A. MacMahon, 1913). Beyond: the normal approximation, corrected for
 * ties and continuity.
 */
export function mannKendallRising(values: readonly number[]): number {
  const ties = tiesOf(values);
  const score = scoreOf(values);
  return values.length <= EXACT_UP_TO
    ? exact(score, values.length, ties)
    : approximate(score, values.length, ties);
}

/**
 * The median of the slopes between any two points (P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau",
 * JASA 63, 1968): a single jump, or a rise that soon levels out, moves it little. Per unit of `t`; 0 of fewer than two points.
 */
export function senSlope(
  points: readonly { readonly t: number; readonly value: number }[],
): number {
  const slopes = points
    .flatMap((from, i) =>
      points.slice(i + 1).map((to) => (to.value - from.value) / (to.t - from.t)),
    )
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (slopes.length === 0) return 0;
  const middle = (slopes.length - 1) / 2;
  return ((slopes[Math.floor(middle)] as number) + (slopes[Math.ceil(middle)] as number)) / 2;
}

/** Pairs that rise, less those that fall. */
function scoreOf(values: readonly number[]): number {
  let score = 0;
  for (const [i, early] of values.entries()) {
    for (const late of values.slice(i + 1)) score += Math.sign(late - early);
  }
  return score;
}

/** How many share each value. */
function tiesOf(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}

function exact(score: number, count: number, ties: readonly number[]): number {
  const orders = ordersByInversions(count, ties);
  // score = pairs of different values - 2 * those out of order
  const most = (orders.length - 1 - score) / 2;
  const all = orders.reduce((sum, ways) => sum + ways, 0);
  return orders.slice(0, most + 1).reduce((sum, ways) => sum + ways, 0) / all;
}

/** At [k]: the orders of the values that have k pairs out of order. [count]! / ([tie]! [tie]! ...), all of q. */
function ordersByInversions(count: number, ties: readonly number[]): number[] {
  let orders = [1];
  for (let i = 2; i <= count; i++) orders = timesRun(orders, i);
  for (const tie of ties) {
    for (let i = 2; i <= tie; i++) orders = dividedByRun(orders, i);
  }
  return orders;
}

/** Times 1 + q + ... + q^(length - 1). */
function timesRun(polynomial: readonly number[], length: number): number[] {
  const product = new Array<number>(polynomial.length + length - 1).fill(0);
  for (const [i, factor] of polynomial.entries()) {
    for (let j = 0; j < length; j++) product[i + j] = (product[i + j] as number) + factor;
  }
  return product;
}

/** The way back, without a rest. */
function dividedByRun(product: readonly number[], length: number): number[] {
  const quotient: number[] = [];
  for (let i = 0; i + length <= product.length; i++) {
    const window = quotient.slice(Math.max(0, i - length + 1), i);
    quotient.push((product[i] as number) - window.reduce((sum, factor) => sum + factor, 0));
  }
  return quotient;
}

function approximate(score: number, count: number, ties: readonly number[]): number {
  const spread = (n: number): number => n * (n - 1) * (2 * n + 5);
  const variance = (spread(count) - ties.reduce((sum, tie) => sum + spread(tie), 0)) / 18;
  if (variance === 0) return 1;
  return normalTail((score - 1) / Math.sqrt(variance));
}

/** P(Z >= z), within 1.2e-7 relative (W. H. Press et al., "Numerical Recipes", erfcc: a Chebyshev fit). */
function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const fit = CHEBYSHEV.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const tail = (t * Math.exp(-x * x + fit)) / 2;
  return z >= 0 ? tail : 1 - tail;
}

const CHEBYSHEV = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
];
