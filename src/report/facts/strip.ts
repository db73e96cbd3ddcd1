import { BUCKET_US, type BucketRecord } from "../../model/journal.ts";
import type { Span, Timeline, TrafficTimeline } from "../../model/timeline.ts";

/** One column of a strip: what was due in its part of the run. */
export interface StripCell {
  readonly sent: number;
  readonly ok: number;
  /** The slowest p-th success would need a merge; the largest is exact, µs. */
  readonly max: number;
}

/** Maps times of a run to columns. */
export interface Scale extends Span {
  readonly columns: number;
}

/** The whole run over so many columns. */
export function scaleOf(timeline: Timeline, columns: number): Scale {
  return { from: 0, to: Math.max(timeline.end, 1), columns };
}

/** The column of a time, clipped to the scale. */
export function columnOf({ from, to, columns }: Scale, t: number): number {
  const column = Math.floor(((t - from) / (to - from)) * columns);
  return Math.max(0, Math.min(columns - 1, column));
}

/** A traffic, a cell per column; a bucket counts in the column of its middle. Columns narrower than a bucket repeat it. */
export function stripOf(traffic: TrafficTimeline, scale: Scale): (StripCell | null)[] {
  const cells: (StripCell | null)[] = Array.from({ length: scale.columns }, () => null);
  for (const bucket of traffic.buckets) {
    if (bucket.sent === 0) continue;
    for (const column of columnsOf(scale, bucket)) {
      const cell = cells[column] ?? { sent: 0, ok: 0, max: 0 };
      cells[column] = {
        sent: cell.sent + bucket.sent,
        ok: cell.ok + bucket.ok,
        max: Math.max(cell.max, bucket.max),
      };
    }
  }
  return cells;
}

function columnsOf(scale: Scale, bucket: BucketRecord): number[] {
  const perColumn = (scale.to - scale.from) / scale.columns;
  if (perColumn >= BUCKET_US) return [columnOf(scale, bucket.t + BUCKET_US / 2)];
  const first = columnOf(scale, bucket.t);
  const last = columnOf(scale, bucket.t + BUCKET_US - 1);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
