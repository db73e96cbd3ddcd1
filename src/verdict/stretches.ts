import { formatDuration } from "../kit/units.ts";
import type { GapRecord, OutageRecord } from "../model/journal.ts";
import type { Span } from "../model/timeline.ts";
import { known, type Measured, unknown } from "./measured.ts";
import { bucketsIn, type Scope, totalsOf } from "./scope.ts";
import { mergeSpans, overlap, runSpan } from "./windows.ts";

/** Shorter stretches without a success are not in the journal; nor are those below two intervals between arrivals. */
const GAP_FLOOR_MS = 5;
/** Outages nearer to each other than this are one impaired time: of three replicas one fails, every third request does. */
const IMPAIRED_JOIN_US = 100_000;
const NOT_WRITTEN = "it was still going on where the journal ends";

/** A stretch of time, the part of it that lies in a window, and whether it was still on when the traffic ended. */
export interface Stretch<R> {
  readonly record: R;
  readonly span: Span;
  readonly us: number;
  readonly clipped: boolean;
}

/**
 * The longest time without a successful completion, in ms, clipped to the window. Stretches below
 * two intervals or 5 ms are not recorded: when there is no longer one it is 0, and known to be at most that long.
 */
export function measureGap(scope: Scope): Measured {
  const longest = longestStretch(scope.traffic.gaps, scope.selection.spans);
  const floor = Math.max(2000 / scope.traffic.plan.rate, GAP_FLOOR_MS);
  if (!longest && totalsOf(bucketsIn(scope)).ok === 0) return unknown("ms", NOT_WRITTEN);
  if (!longest || longest.us / 1000 < floor) {
    return known("ms", 0, { text: `under ${formatDuration(floor)}`, atMost: floor });
  }
  return known("ms", longest.us / 1000, openEnd(scope, longest));
}

/** The longest time from the due time of a failure to that of the next success, in ms, clipped to the window. */
export function measureOutage(scope: Scope): Measured {
  const longest = longestStretch(scope.traffic.outages, scope.selection.spans);
  if (!longest) {
    const lost = scope.timeline.ended === null && totalsOf(bucketsIn(scope)).failed > 0;
    return lost ? unknown("ms", NOT_WRITTEN) : known("ms", 0);
  }
  const { record, us, clipped } = longest;
  const ms = us / 1000;
  const bounds =
    clipped || record.open
      ? ""
      : ` (${formatDuration(record.lower / 1000)} to ${formatDuration(record.upper / 1000)})`;
  const open = openEnd(scope, longest);
  return known("ms", ms, { ...open, text: open.text ?? `${formatDuration(ms)}${bounds}` });
}

/** Time in which some requests failed, in ms: the outages in the window, those nearer than 100 ms joined. */
export function measureImpaired({ traffic, selection }: Scope): Measured {
  let us = 0;
  for (const span of impairedSpans(traffic.outages)) {
    for (const window of selection.spans) us += length(overlap(span, window));
  }
  return known("ms", us / 1000);
}

/** The longest of the stretches within the spans of a window; the earliest of equals. */
export function longestStretch<R extends GapRecord | OutageRecord>(
  records: readonly R[],
  spans: readonly Span[],
): Stretch<R> | null {
  let longest: Stretch<R> | null = null;
  for (const record of records) {
    for (const window of spans) {
      const span = overlap({ from: record.t, to: record.until }, window);
      if (!span || length(span) <= (longest?.us ?? 0)) continue;
      const us = length(span);
      longest = { record, span, us, clipped: us < record.until - record.t };
    }
  }
  return longest;
}

function impairedSpans(outages: readonly OutageRecord[]): Span[] {
  return mergeSpans(outages.map(({ t, until }) => ({ from: t, to: until + IMPAIRED_JOIN_US }))).map(
    ({ from, to }) => ({ from, to: to - IMPAIRED_JOIN_US }),
  );
}

/** A stretch that the end of the traffic cut off may have been longer. */
function openEnd(
  { timeline, traffic }: Scope,
  { record, span, us }: Stretch<GapRecord | OutageRecord>,
): Partial<Measured> {
  const ordinary = 3e6 / traffic.plan.rate;
  const cutOff = record.open && span.to >= Math.min(record.until, runSpan(timeline).to);
  if (!cutOff || us <= ordinary) return {};
  const text = `at least ${formatDuration(us / 1000)}`;
  return { text, doubts: [`it was still going on when the traffic ended, so it is ${text}`] };
}

function length(span: Span | null): number {
  return span === null ? 0 : span.to - span.from;
}
