import { countBefore } from "../kit/search.ts";
import type { PhaseName, Window } from "../model/assertion.ts";
import { BUCKET_US, type BucketRecord } from "../model/journal.ts";
import type { InjectionTimeline, Span, StepTimeline, Timeline } from "../model/timeline.ts";
import { failedAt, isHeld, neverRecovered } from "./steps.ts";

/** A window of one run, resolved. */
export interface Selection {
  /** Ascending, disjoint, µs since run start; empty when there is nothing to measure. */
  readonly spans: readonly Span[];
  /** Which 100 ms buckets belong: see `holdsBucket`. */
  readonly edges: readonly Edges[];
  /** Ends that were undecided when the run ended: the window is at least this long. */
  readonly doubts: readonly string[];
  /** Why there is nothing to measure; null when there is. */
  readonly absent: { readonly skipped: boolean; readonly reason: string } | null;
}

/** `cut`: a bucket that only partly lies in the span belongs; `whole`: it does not. */
interface Edges extends Span {
  readonly head: "cut" | "whole";
  readonly tail: "cut" | "whole";
}

/** The spans of a window. `during` and phases end at the latest with the run; warm-up belongs to no window but its own. */
export function selectWindow(timeline: Timeline, window: Window): Selection {
  switch (window.kind) {
    case "run":
      return selected(timeline, [runSpan(timeline)], "whole", "the run had no measured phase");
    case "phase":
      return selectPhase(timeline, window.phase);
    case "during":
      return selectDuring(timeline, window.step, window.plusMs * 1000);
    case "after":
      return selectAfter(timeline, window.step, window.plusMs * 1000);
    case "outside":
      return selectOutside(timeline);
  }
}

/**
 * Does a bucket of due times belong to the window? The granularity is 100 ms, and no bucket is lost or counted on both
 * sides: one that the edge of `during` or of the chaos phase cuts belongs to it; `after`, `outside` and the other phases
 * take whole ones only. What the end of the run cuts belongs, what the end of the warm-up cuts does not. Edges
 * ascend, so only the first that the bucket does not lie behind can hold it.
 */
export function holdsBucket(selection: Selection, bucket: Pick<BucketRecord, "t">): boolean {
  const { t } = bucket;
  const { edges } = selection;
  const edge = edges[countBefore(edges, (one) => liesBehind(t, one))];
  return edge !== undefined && (edge.head === "cut" ? t + BUCKET_US > edge.from : t >= edge.from);
}

function liesBehind(t: number, { from, to, tail }: Edges): boolean {
  return tail === "cut" ? t >= Math.max(to, from + 1) : t + BUCKET_US > to;
}

/** Baseline, chaos and recovery: what the assertions are about. */
export function runSpan(timeline: Timeline): Span {
  const measured = timeline.phases.filter(({ phase }) => phase !== "warmup");
  const [first, last] = [measured[0], measured.at(-1)];
  if (first && last) return { from: first.from, to: last.to };
  const from = timeline.phases.length === 0 ? 0 : timeline.end;
  return { from, to: timeline.end };
}

/** From the application of the harm to its end: of held harm when it was undone, of instant harm when its target had recovered. */
export function harmSpan(
  timeline: Timeline,
  step: StepTimeline,
  injection: InjectionTimeline,
): Span & { readonly open: boolean } {
  const end = harmEnd(step, injection);
  const to = end ?? Math.max(runSpan(timeline).to, injection.applyingAt);
  return { from: injection.applyingAt, to, open: end === null && !neverRecovered(injection) };
}

function harmEnd(step: StepTimeline, injection: InjectionTimeline): number | null {
  const failed = failedAt(injection);
  if (failed !== null) return failed;
  if (isHeld(step.plan, injection.kind)) return injection.harmEndedAt;
  return injection.recoveredAt ?? (injection.target === null ? injection.harmEndedAt : null);
}

/** Union of spans, ascending; spans that touch become one. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const last = merged.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** The parts of `span` that none of `holes` (merged) covers. */
export function subtractSpans(span: Span, holes: readonly Span[]): Span[] {
  const left: Span[] = [];
  let from = span.from;
  for (const hole of holes) {
    if (hole.to < from || hole.from > span.to) continue;
    if (hole.from > from) left.push({ from, to: hole.from });
    from = Math.max(from, hole.to);
  }
  if (from < span.to) left.push({ from, to: span.to });
  return left;
}

/** What two spans share; null when they do not meet. */
export function overlap(a: Span, b: Span): Span | null {
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.to, b.to);
  return from < to ? { from, to } : null;
}

function selectPhase(timeline: Timeline, phase: PhaseName): Selection {
  const spans = timeline.phases.filter((span) => span.phase === phase);
  const cut = phase === "chaos" || phase === "warmup" ? "cut" : "whole";
  return selected(timeline, spans, cut, `the run never came to its ${phase} phase`);
}

function selectDuring(timeline: Timeline, id: string, plus: number): Selection {
  const step = timeline.steps.find(({ plan }) => plan.id === id);
  const run = runSpan(timeline);
  const harms = step?.injections.map((injection) => harmSpan(timeline, step, injection)) ?? [];
  const spans = harms.flatMap(({ from, to }) => {
    const clipped = { from: Math.max(from, run.from), to: Math.min(to + plus, run.to) };
    return clipped.from <= clipped.to ? [clipped] : [];
  });
  return {
    ...selected(timeline, spans, "cut", absence(step, id)),
    doubts: openDoubts(id, harms.filter(({ open }) => open).length),
    ...(spans.length === 0 && { absent: absent(step, absence(step, id)) }),
  };
}

function selectAfter(timeline: Timeline, id: string, plus: number): Selection {
  const step = timeline.steps.find(({ plan }) => plan.id === id);
  const run = runSpan(timeline);
  const harms = step?.injections.map((injection) => harmSpan(timeline, step, injection)) ?? [];
  if (!step || harms.length === 0) return nothing(absent(step, absence(step, id)));
  const from = Math.max(...harms.map(({ to }) => to)) + plus;
  if (harms.some(({ open }) => open) || from >= run.to) {
    return nothing(absent(undefined, `the run ended before the time after ${id} began`));
  }
  return selected(timeline, [{ from: Math.max(from, run.from), to: run.to }], "whole", "");
}

/** Steps that act on no replica (`wait`) are not counted as steps here: nothing is harmed. */
function selectOutside(timeline: Timeline): Selection {
  const harms = timeline.steps
    .filter(({ plan }) => plan.target !== null)
    .flatMap((step) => step.injections.map((injection) => harmSpan(timeline, step, injection)));
  const spans = subtractSpans(runSpan(timeline), mergeSpans(harms));
  return selected(timeline, spans, "whole", "some step was on all the time");
}

function selected(
  timeline: Timeline,
  spans: readonly Span[],
  inner: "cut" | "whole",
  reason: string,
): Selection {
  const run = runSpan(timeline);
  const merged = mergeSpans(spans);
  const edges = merged.map(
    ({ from, to }): Edges => ({
      from,
      to,
      head: from <= run.from && !afterWarmup(timeline) ? "cut" : inner,
      tail: to >= run.to ? "cut" : inner,
    }),
  );
  const none = merged.length === 0;
  return { spans: merged, edges, doubts: [], absent: none ? absent(undefined, reason) : null };
}

/** Harm follows a warm-up directly when there is no baseline: then no bucket of it may be lost. */
function afterWarmup({ phases }: Timeline): boolean {
  const lasting = phases.filter(({ from, to }) => to > from);
  return lasting[0]?.phase === "warmup" && lasting[1]?.phase === "baseline";
}

function nothing(reason: Selection["absent"]): Selection {
  return { spans: [], edges: [], doubts: [], absent: reason };
}

function absent(step: StepTimeline | undefined, reason: string): Selection["absent"] {
  return { skipped: step?.stage === "skipped", reason };
}

function absence(step: StepTimeline | undefined, id: string): string {
  if (!step) return `the scenario has no step ${id}`;
  const detail = step.detail === "" ? "" : `: ${step.detail}`;
  if (step.stage === "skipped") return `step ${id} was skipped${detail}`;
  if (step.stage === "not-injected") return `step ${id} was not injected${detail}`;
  return `step ${id} never started`;
}

function openDoubts(id: string, count: number): string[] {
  if (count === 0) return [];
  const what = count === 1 ? "one injection" : `${count} injections`;
  return [
    `the end of ${what} of ${id} was undecided when the run ended: the window is cut off there`,
  ];
}
