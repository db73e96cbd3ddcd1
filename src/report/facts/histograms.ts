import type { SparseHistogram } from "../../kit/histogram.ts";

/** What is left of a histogram when a part of its samples is taken away; never below zero. */
export function withoutHistogram(whole: SparseHistogram, part: SparseHistogram): SparseHistogram {
  const taken = new Map<number, number>();
  for (let i = 0; i + 1 < part.length; i += 2) taken.set(part[i] as number, part[i + 1] as number);
  const left: number[] = [];
  for (let i = 0; i + 1 < whole.length; i += 2) {
    const index = whole[i] as number;
    const count = (whole[i + 1] as number) - (taken.get(index) ?? 0);
    if (count > 0) left.push(index, count);
  }
  return left;
}
