/** Of so many, how many have it. Counts. */
export interface Part {
  readonly has: number;
  readonly of: number;
}

/**
 * Fisher's exact test, one-sided: how likely it is that at least so many of those that have it fall to `one`, were all of
 * them dealt to `one` and `other` by chance (R. A. Fisher, "The Design of Experiments", 1935). 1 when nobody, or everybody, has it.
 *
 * The tail of the hypergeometric distribution, summed in terms relative to the most likely count by the ratio of neighbours
 * (J. G. Liao and O. Rosen, "Fast and Stable Algorithms for Computing and Sampling From the Noncentral Hypergeometric
 * Distribution", The American Statistician 55, 2001): all terms are positive and no factorial is needed, so the error is
 * some 1e-16 per term passed. Counts to some 1e6 on each side; below 1e-300 it is 0.
 */
export function fisherMore(one: Part, other: Part): number {
  const deal = dealOf(one, other);
  const peak = modeOf(deal);
  const up = termsFrom(deal, peak, 1);
  const down = termsFrom(deal, peak, -1);
  const all = 1 + sum(up) + sum(down);
  if (one.has > peak) return sum(up.slice(one.has - peak - 1)) / all;
  // The short side is subtracted: what is left is large, so nothing is lost.
  return 1 - sum(down.slice(peak - one.has)) / all;
}

/** `drawn` of `drawn + left` are dealt to one, `marked` of all have it. */
interface Deal {
  readonly drawn: number;
  readonly left: number;
  readonly marked: number;
}

function dealOf(one: Part, other: Part): Deal {
  return { drawn: one.of, left: other.of, marked: one.has + other.has };
}

/** The most likely count of marked ones among the drawn. */
function modeOf({ drawn, left, marked }: Deal): number {
  return Math.floor(((drawn + 1) * (marked + 1)) / (drawn + left + 2));
}

/** The weights of the counts next to `from`, one after the other in that direction, relative to its own. */
function termsFrom(deal: Deal, from: number, step: 1 | -1): number[] {
  const terms: number[] = [];
  let term = 1;
  for (let count = from; ; count += step) {
    term *= step === 1 ? ratioUp(deal, count) : 1 / ratioUp(deal, count - 1);
    // Outside of the possible counts, or nothing to a double.
    if (!(term > 0)) return terms;
    terms.push(term);
  }
}

/** weight(count + 1) / weight(count); 0 above the largest possible count, infinite below the smallest. */
function ratioUp({ drawn, left, marked }: Deal, count: number): number {
  return ((marked - count) * (drawn - count)) / ((count + 1) * (left - marked + count + 1));
}

/** The small ones first. */
function sum(descending: readonly number[]): number {
  return descending.reduceRight((total, term) => total + term, 0);
}
