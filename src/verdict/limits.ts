import { formatDuration, formatPercent } from "../kit/units.ts";
import type { Comparison, Limit } from "../model/assertion.ts";
import { formatCount, formatValue, type Measured, type Unit } from "./measured.ts";

/** A limit with `2x baseline` looked up. */
export interface ResolvedLimit {
  readonly value: number | null;
  readonly words: readonly string[] | null;
  readonly text: string;
  /** Why it cannot be told; null when it can. */
  readonly unfit: string | null;
}

/** What one number says against its limits: `unknown` when they, or it, cannot be told. */
export type Weight = "holds" | "broken" | "unknown";

/** Limits as bare numbers in the unit of the measure (ms, fraction, count). `baseline` measures the baseline phase. */
export function resolveLimits(
  limits: readonly Limit[],
  baseline: () => Measured,
): readonly ResolvedLimit[] {
  return limits.map((limit) => resolve(limit, baseline));
}

/** The laxer of several limits counts, so one that holds is enough. */
export function weigh(
  measured: Measured,
  comparison: Comparison,
  limits: readonly ResolvedLimit[],
): Weight {
  if (measured.unfit !== null) return "unknown";
  const weights = limits.map((limit) => weighOne(measured, comparison, limit));
  if (weights.includes("holds")) return "holds";
  return weights.includes("unknown") ? "unknown" : "broken";
}

/** `<= 24ms (2x baseline) or 400ms` */
export function formatAllowed(comparison: Comparison, limits: readonly ResolvedLimit[]): string {
  return `${comparison} ${limits.map(({ text }) => text).join(" or ")}`;
}

/** How many more digits tell these values from limits that they differ from: 500.4 ms is not the `500ms` that are allowed. */
export function digitsApart(
  unit: Unit,
  values: readonly number[],
  limits: readonly Pick<ResolvedLimit, "value">[],
): number {
  const pairs = limits
    .flatMap(({ value: limit }) =>
      limit === null ? [] : values.map((value) => ({ value, limit })),
    )
    .filter(({ value, limit }) => !compare(value, "==", limit));
  const told = (more: number) =>
    pairs.every(
      ({ value, limit }) => formatValue(unit, value, more) !== formatValue(unit, limit, more),
    );
  return DIGITS.find(told) ?? 0;
}

/** What was measured, or a limit, with so many more digits. */
export function refine<T extends Pick<Measured | ResolvedLimit, "value" | "text">>(
  told: T,
  unit: Unit,
  more: number,
): T {
  const { value, text } = told;
  if (value === null || more === 0) return told;
  return { ...told, text: text.replace(formatValue(unit, value), formatValue(unit, value, more)) };
}

/** The laxest limit that is a known number; null when there is none. */
export function laxest(comparison: Comparison, limits: readonly ResolvedLimit[]): number | null {
  const values = limits.flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.length === 0) return null;
  return comparison.startsWith(">") ? Math.min(...values) : Math.max(...values);
}

/** Numbers that differ by rounding alone are equal: 99.9 / 100 is not 999 / 1000 in binary. */
export function compare(value: number, comparison: Comparison, limit: number): boolean {
  const same = Math.abs(value - limit) <= 1e-12 * Math.max(Math.abs(value), Math.abs(limit));
  switch (comparison) {
    case "==":
      return same;
    case "!=":
      return !same;
    case "<":
      return value < limit && !same;
    case "<=":
      return value <= limit || same;
    case ">":
      return value > limit && !same;
    case ">=":
      return value >= limit || same;
  }
}

/** Beyond these, doubles are noise. */
const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8];

function weighOne(measured: Measured, comparison: Comparison, limit: ResolvedLimit): Weight {
  if (limit.unfit !== null) return "unknown";
  if (measured.words !== null) return weighWords(measured.words, comparison, limit);
  if (measured.value === null || limit.value === null) return "unknown";
  const atLeast = compare(measured.value, comparison, limit.value);
  const atMost = compare(measured.atMost ?? measured.value, comparison, limit.value);
  if (atLeast !== atMost) return "unknown";
  return atLeast ? "holds" : "broken";
}

/** Words are a set: `==` asks for exactly these, a number for how many. */
function weighWords(
  words: readonly string[],
  comparison: Comparison,
  limit: ResolvedLimit,
): Weight {
  if (limit.value !== null)
    return compare(words.length, comparison, limit.value) ? "holds" : "broken";
  if (limit.words === null || (comparison !== "==" && comparison !== "!=")) return "unknown";
  const wanted = new Set(limit.words);
  const same = words.length === wanted.size && words.every((word) => wanted.has(word));
  return same === (comparison === "==") ? "holds" : "broken";
}

function resolve(limit: Limit, baseline: () => Measured): ResolvedLimit {
  switch (limit.kind) {
    case "number":
      return number(limit.value, formatCount(limit.value));
    case "percent":
      return number(limit.fraction, formatPercent(limit.fraction));
    case "duration":
      return number(limit.ms, formatDuration(limit.ms));
    case "words":
      return { value: null, words: limit.words, text: limit.words.join(", "), unfit: null };
    case "baseline":
      return resolveBaseline(limit.times, baseline());
  }
}

/** Of a baseline known only by its upper bound, the bound: the laxer reading. */
function resolveBaseline(times: number, measured: Measured): ResolvedLimit {
  const name = `${times}x baseline`;
  const base = measured.atMost ?? measured.value;
  if (measured.unfit !== null || base === null) {
    const unfit = `the baseline is not known: ${measured.unfit ?? "it is no number"}`;
    return { value: null, words: null, text: `${name} (unknown)`, unfit };
  }
  return number(times * base, `${formatValue(measured.unit, times * base)} (${name})`);
}

function number(value: number, text: string): ResolvedLimit {
  return { value, words: null, text, unfit: null };
}
