import type { Comparison, Measure, MeasureTest, Window } from "../model/assertion.ts";
import type { Timeline } from "../model/timeline.ts";
import { compare, formatAllowed, type ResolvedLimit } from "./limits.ts";
import type { Measured } from "./measured.ts";
import { endDoubt } from "./run-doubts.ts";
import type { Scope } from "./scope.ts";
import { runSpan, type Selection } from "./windows.ts";

/** When an assertion is weighed: while the run is on, or after it. */
export type Moment = "now" | "ended";

/** What only ever grows while a run goes on. A share or a latency is that of what was played. */
const GROWING: ReadonlySet<Measure["name"]> = new Set([
  "requests",
  "failed",
  "errors",
  "dropped",
  "duplicates",
  "gap",
  "outage",
  "impaired",
  "versions",
  "replicas",
]);

/**
 * Why a broken limit says nothing: the run was not played to its end, and what was measured might have grown to hold by
 * the end of its window. Empty where more of it would not have mended it, or where the window was over.
 */
export function unplayedDoubt(
  { timeline, selection }: Scope,
  { measure, window, comparison }: MeasureTest,
  measured: Measured,
  limits: readonly ResolvedLimit[],
): readonly string[] {
  const early = endDoubt(timeline);
  if (early === null || !GROWING.has(measure.name)) return [];
  if (isOver(timeline, window, selection) || !mayGrowToHold(measured, comparison, limits)) {
    return [];
  }
  return [
    early,
    `it was ${measured.text} by then, and might still have come to ${formatAllowed(comparison, limits)}`,
  ];
}

/** Would more of it hold, where this much does not? Of words: would more words. */
export function mayGrowToHold(
  { value, words }: Pick<Measured, "value" | "words">,
  comparison: Comparison,
  limits: readonly ResolvedLimit[],
): boolean {
  if (comparison === "<" || comparison === "<=") return false;
  if (comparison !== "==") return true;
  return limits.some((limit) => {
    if (limit.words !== null) return words?.every((word) => limit.words?.includes(word)) ?? false;
    const now = value ?? words?.length ?? 0;
    return limit.value !== null && compare(now, "<", limit.value);
  });
}

/** Nothing more can fall into the window: a later phase had begun, or all chaos was over and with it this harm. */
function isOver(timeline: Timeline, window: Window, selection: Selection): boolean {
  if (timeline.ended === null) return false;
  const last = timeline.phases.at(-1)?.phase;
  if (window.kind === "phase") return window.phase !== last;
  if (window.kind !== "during" || last !== "recovery" || selection.doubts.length > 0) return false;
  return (selection.spans.at(-1)?.to ?? 0) < runSpan(timeline).to;
}
