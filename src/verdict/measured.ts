import { fineDuration, finePercent } from "../kit/units.ts";

/** One number (or set of names) of one traffic or subject in one window. */
export interface Measured {
  readonly unit: Unit;
  /** Count, fraction or milliseconds; null when it cannot be told, or is a set of words. */
  readonly value: number | null;
  /** The largest that the true value can be, where only a bound is known; else null. */
  readonly atMost: number | null;
  /** Sorted; null where it is a number. */
  readonly words: readonly string[] | null;
  /** For people, with units. */
  readonly text: string;
  readonly samples: number | null;
  /** Why it decides nothing either way; null when it does. */
  readonly unfit: string | null;
  /** Why the true value may be worse: these turn a pass into inconclusive. */
  readonly doubts: readonly string[];
}

export type Unit = "count" | "fraction" | "ms" | "words";

/** A number that is known. */
export function known(unit: Unit, value: number, more: Partial<Measured> = {}): Measured {
  return { ...BLANK, unit, value, text: formatValue(unit, value), ...more };
}

/** Names that were seen. */
export function knownWords(words: Iterable<string>, more: Partial<Measured> = {}): Measured {
  const sorted = [...new Set(words)].sort();
  return { ...BLANK, unit: "words", words: sorted, text: sorted.join(", ") || "none", ...more };
}

/** It cannot be told, and why. */
export function unknown(unit: Unit, unfit: string, more: Partial<Measured> = {}): Measured {
  return { ...BLANK, unit, text: "unknown", unfit, ...more };
}

/** A bare number for people: `3,000`, `99.98%`, `12ms`; with so many more digits where it is rounded. */
export function formatValue(unit: Unit, value: number, more = 0): string {
  if (unit === "ms") return fineDuration(value, more);
  if (unit === "fraction") return finePercent(value, more);
  return formatCount(value);
}

/** `3000` as `3,000`, whatever the locale. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ",");
}

/** `1 request`, `3,000 requests`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const BLANK: Measured = {
  unit: "count",
  value: null,
  atMost: null,
  words: null,
  text: "",
  samples: null,
  unfit: null,
  doubts: [],
};
