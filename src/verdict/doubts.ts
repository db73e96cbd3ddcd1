import { formatDuration } from "../kit/units.ts";
import type { Measure } from "../model/assertion.ts";
import { BUCKET_US } from "../model/journal.ts";
import type { Span } from "../model/timeline.ts";
import { mergedQuantile, quantileName } from "./latency.ts";
import { formatCount, plural } from "./measured.ts";
import { notedStretches } from "./noted-stretches.ts";
import { bucketsIn, type Scope, totalsOf } from "./scope.ts";
import { overlap } from "./windows.ts";

/** Why the tester itself may have missed something in this window: each turns a pass into inconclusive. */
export function testerDoubts(scope: Scope): readonly string[] {
  return [...droppedDoubt(scope), ...stallDoubt(scope), ...missingDoubt(scope)];
}

/**
 * Requests sent later than a tenth of the limit of a latency: what was measured may be the tester's own lateness, so
 * that a fail is inconclusive. Compared at the same quantile.
 */
export function latenessDoubt(
  scope: Scope,
  measure: Measure,
  limitMs: number | null,
): readonly string[] {
  if (measure.name !== "latency" || limitMs === null) return [];
  const late = latenessAt(scope, measure.quantile);
  if (late <= limitMs / 10) return [];
  const name = quantileName(measure.quantile);
  return [
    `the tester sent late (${name} ${formatDuration(late)}, more than a tenth of ${formatDuration(limitMs)}): the latency may be its own`,
  ];
}

/**
 * The tester itself stood still in each gap or outage that is too long, and without that time none of them would be: its
 * machine may have stood still with it, so that a fail is inconclusive.
 */
export function standstillDoubt(
  scope: Scope,
  { name }: Measure,
  limitMs: number | null,
): readonly string[] {
  if ((name !== "gap" && name !== "outage") || limitMs === null) return [];
  const stretches = name === "gap" ? scope.traffic.gaps : scope.traffic.outages;
  const tooLong = stretches
    .flatMap(({ t, until }) =>
      scope.selection.spans.flatMap((span) => overlap({ from: t, to: until }, span) ?? []),
    )
    .map((span) => ({ span, ms: (span.to - span.from) / 1000 }))
    .filter(({ ms }) => ms > limitMs)
    .map(({ span, ms }) => ({ ms, ownMs: standstillIn(scope, span) }));
  if (tooLong.length === 0 || tooLong.some(({ ms, ownMs }) => ms - ownMs > limitMs)) return [];
  const longest = formatDuration(Math.max(...tooLong.map(({ ownMs }) => ownMs)));
  return [`the tester itself stood still for ${longest} of the ${name}: it may be its own`];
}

/** The longest that a request waited to be sent in this span, ms; buckets that it cuts count whole. */
function standstillIn(scope: Scope, span: Span): number {
  const edges = [{ ...span, head: "cut", tail: "cut" } as const];
  return latenessAt({ ...scope, selection: { ...scope.selection, edges } }, 1);
}

function droppedDoubt(scope: Scope): string[] {
  const { dropped } = totalsOf(bucketsIn(scope));
  if (dropped === 0) return [];
  return [
    `the tester could not send ${plural(dropped, "request")} that ${dropped === 1 ? "was" : "were"} due`,
  ];
}

/** Standing still for longer than the timeout, by its own notes or its lateness: requests were over before they were sent. */
function stallDoubt(scope: Scope): string[] {
  const { timeoutMs } = scope.traffic.plan;
  const noted = notedStretches(scope.timeline, "stall")
    .filter((stall) => scope.selection.spans.some((span) => overlap(span, stall)))
    .map(({ from, to }) => (to - from) / 1000);
  const longest = Math.max(latenessAt(scope, 1), ...noted);
  if (longest <= timeoutMs) return [];
  return [
    `the tester stalled for ${formatDuration(longest)}, longer than the timeout of ${formatDuration(timeoutMs)}`,
  ];
}

/** Arrivals that the schedule asked for and no bucket tells of: part of the journal is missing. */
function missingDoubt(scope: Scope): string[] {
  const { traffic, selection, timeline } = scope;
  const [first, last] = [traffic.buckets[0], traffic.buckets.at(-1)];
  if (!first || !last || timeline.ended === null) return [];
  const covered: Span = { from: first.t + BUCKET_US, to: last.t };
  const us = selection.spans
    .map((span) => overlap(span, covered))
    .reduce((sum, span) => sum + (span ? span.to - span.from : 0), 0);
  const edges = 2 * selection.spans.length * BUCKET_US;
  const atLeast = Math.floor(((us - edges) / 1e6) * traffic.plan.rate * 0.98) - 1;
  const { sent, dropped } = totalsOf(bucketsIn(scope));
  if (sent + dropped >= atLeast) return [];
  return [
    `only ${formatCount(sent + dropped)} of about ${formatCount(Math.round((us / 1e6) * traffic.plan.rate))} due requests are in the journal`,
  ];
}

function latenessAt(scope: Scope, quantile: number): number {
  const parts = bucketsIn(scope).map(({ lateness }) => lateness);
  return (mergedQuantile(parts, quantile) ?? 0) / 1000;
}
