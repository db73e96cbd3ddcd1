import { bucketOf } from "../../kit/histogram.ts";
import type { ErrorClass } from "../../model/assertion.ts";
import {
  BUCKET_US,
  type BucketRecord,
  type GapRecord,
  type JournalRecord,
  type OutageRecord,
  type SampleRecord,
} from "../../model/journal.ts";

/** One second in the journal's unit. */
export const S = 1_000_000;
/** One millisecond. */
export const MS = 1000;

/** One made-up request; times in µs. */
export interface MadeRequest {
  readonly due: number;
  readonly took: number;
  /** null: a success. */
  readonly error: ErrorClass | null;
  readonly status?: number;
  readonly replica?: string;
  readonly version?: string;
  /** µs from due to sent. */
  readonly late?: number;
}

/** Made-up requests, in due order, as the tester would journal them; the traffic ended at `end`. */
export function recordsOf(
  requests: readonly MadeRequest[],
  end: number,
  traffic: string,
): JournalRecord[] {
  return [
    ...bucketsOf(requests, traffic),
    ...samplesOf(requests, traffic),
    ...outagesOf(requests, end, traffic),
    ...gapsOf(requests, end, traffic),
  ];
}

function bucketsOf(requests: readonly MadeRequest[], traffic: string): BucketRecord[] {
  const groups = new Map<number, MadeRequest[]>();
  for (const request of requests) {
    const index = Math.floor(request.due / BUCKET_US);
    const group = groups.get(index);
    if (group) group.push(request);
    else groups.set(index, [request]);
  }
  return [...groups].map(([index, group]) => {
    const good = group.filter(({ error }) => error === null);
    return {
      type: "bucket",
      t: index * BUCKET_US,
      traffic,
      sent: group.length,
      ok: good.length,
      errors: countsOf(group.map(({ error }) => error)),
      dropped: 0,
      latency: sparse(good.map(({ took }) => took)),
      max: Math.max(0, ...good.map(({ took }) => took)),
      lateness: sparse(group.map(({ late }) => late ?? 100)),
      burst: 1,
      replicas: countsOf(group.map(({ replica }) => replica)),
      versions: countsOf(group.map(({ version }) => version)),
      fresh: { sent: 0, ok: 0, latency: [] },
    };
  });
}

function samplesOf(requests: readonly MadeRequest[], traffic: string): SampleRecord[] {
  return requests.flatMap(({ due, took, error, status, replica, version }, index) =>
    error === null
      ? []
      : [
          {
            type: "sample",
            t: due,
            traffic,
            id: `run-${traffic}-${index}`,
            class: error,
            status: status ?? null,
            tookUs: took,
            replica: replica ?? null,
            version: version ?? null,
            fresh: false,
            detail: "",
            traceparent: "",
            left: 0,
          },
        ],
  );
}

function outagesOf(requests: readonly MadeRequest[], end: number, traffic: string): OutageRecord[] {
  const outages: OutageRecord[] = [];
  let failing: MadeRequest[] = [];
  let lastOk = requests[0]?.due ?? 0;
  const close = (until: number, open: boolean) => {
    const [first, last] = [failing[0], failing.at(-1)];
    if (!first || !last) return;
    const errors = countsOf(failing.map(({ error }) => error));
    const bounds = { lower: last.due - first.due, upper: until - lastOk };
    const span = { t: first.due, until, open, failed: failing.length };
    outages.push({ type: "outage", traffic, errors, ...bounds, ...span });
    failing = [];
  };
  for (const request of requests) {
    if (request.error === null) {
      close(request.due, false);
      lastOk = request.due;
    } else failing.push(request);
  }
  close(end, true);
  return outages;
}

/** Every stretch of 20 ms and more (two intervals at 100 per second). */
function gapsOf(requests: readonly MadeRequest[], end: number, traffic: string): GapRecord[] {
  const completions = requests
    .flatMap(({ due, took, error }) => (error === null ? [due + took] : []))
    .sort((a, b) => a - b);
  const points = [requests[0]?.due ?? 0, ...completions];
  return points.flatMap((t, index) => {
    const until = points[index + 1] ?? Math.max(t, end);
    const open = index === points.length - 1;
    return until - t >= 20 * MS ? [{ type: "gap", t, traffic, until, open } as const] : [];
  });
}

function countsOf<T extends string>(
  names: readonly (T | null | undefined)[],
): Partial<Record<T, number>> & Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) if (name) counts[name] = (counts[name] ?? 0) + 1;
  return counts as Partial<Record<T, number>> & Record<string, number>;
}

function sparse(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  return [...counts].sort((a, b) => a[0] - b[0]).flat();
}
