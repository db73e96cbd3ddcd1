import type { Span } from "../model/timeline.ts";

/** z of the two-sided 95 % level. */
const Z = 1.959963984540054;

/**
 * The Wilson score interval at 95 % of a share of `good` among `all`, as fractions (E. B. Wilson, JASA 22, 1927; the
 * form in R. Newcombe, Statistics in Medicine 17, 1998, method 3). Fit for shares near 1, where the usual one is not.
 */
export function wilson(good: number, all: number): Span {
  if (all === 0) return { from: 0, to: 1 };
  const share = good / all;
  const center = share + Z ** 2 / (2 * all);
  const half = Z * Math.sqrt((share * (1 - share)) / all + Z ** 2 / (4 * all ** 2));
  const scale = 1 + Z ** 2 / all;
  return {
    from: good === 0 ? 0 : (center - half) / scale,
    to: good === all ? 1 : (center + half) / scale,
  };
}
