import type { JournalHeader, JournalRecord, PhaseRecord } from "../model/journal.ts";
import type { PhaseSpan, ReplicaHistory, Timeline, TrafficTimeline } from "../model/timeline.ts";
import { foldStep } from "./steps.ts";

/**
 * Folds a journal into a run. Records may come in any order where their times say enough (a bucket is written once its
 * requests have settled); unknown types are skipped. Without a `run ended` record the journal was cut short: `ended` is
 * null, and injections that were open stay open.
 */
export function foldTimeline(header: JournalHeader, records: Iterable<JournalRecord>): Timeline {
  const { of, end } = sortRecords(records);
  const steps = groupBy(of("step"), (record) => record.step);
  const injections = groupBy(of("injection"), (record) => record.step);
  const ended = of("run").at(-1) ?? null;
  return {
    header,
    phases: foldPhases(of("phase"), end),
    end,
    ended,
    traffic: foldTraffic(header, of),
    steps: header.plan.steps.map((plan) =>
      foldStep(plan, steps.get(plan.id) ?? [], injections.get(plan.id) ?? []),
    ),
    replicas: foldReplicas(header, of("engine")),
    events: of("engine"),
    notes: of("note"),
  };
}

type Type = JournalRecord["type"];
type Sorted = <T extends Type>(type: T) => readonly Extract<JournalRecord, { type: T }>[];

function sortRecords(records: Iterable<JournalRecord>): { of: Sorted; end: number } {
  let end = 0;
  const byType = new Map<string, JournalRecord[]>();
  for (const record of records) {
    if (!Number.isFinite(record.t)) continue;
    if (record.t > end) end = record.t;
    const same = byType.get(record.type);
    if (same) same.push(record);
    else byType.set(record.type, [record]);
  }
  for (const list of byType.values()) list.sort((a, b) => a.t - b.t);
  return { of: (type) => (byType.get(type) ?? []) as never, end };
}

/** A phase lasts until the next one starts; the last until its `end` record, or as long as anything is known. */
function foldPhases(records: readonly PhaseRecord[], end: number): PhaseSpan[] {
  return records.flatMap((record, index) => {
    if (record.stage === "end") return [];
    const to = records[index + 1]?.t ?? end;
    return [{ phase: record.phase, from: record.t, to }];
  });
}

function foldTraffic(header: JournalHeader, of: Sorted): TrafficTimeline[] {
  const buckets = groupBy(of("bucket"), (record) => record.traffic);
  const outages = groupBy(of("outage"), (record) => record.traffic);
  const gaps = groupBy(of("gap"), (record) => record.traffic);
  const samples = groupBy(of("sample"), (record) => record.traffic);
  return header.plan.traffic.map((plan) => ({
    plan,
    buckets: buckets.get(plan.name) ?? [],
    outages: outages.get(plan.name) ?? [],
    gaps: gaps.get(plan.name) ?? [],
    samples: samples.get(plan.name) ?? [],
  }));
}

/** In declared order; replicas that no service declares come last, in the order they were seen. */
function foldReplicas(
  header: JournalHeader,
  events: readonly Extract<JournalRecord, { type: "engine" }>[],
): ReplicaHistory[] {
  const declared = Object.values(header.services).flat();
  const position = (name: string) =>
    declared.includes(name) ? declared.indexOf(name) : declared.length;
  return [...groupBy(events, ({ event }) => event.replica.key)]
    .map(([key, records]) => {
      const points = records.map(({ t, event }) => ({ t, replica: event.replica }));
      const { name, service } = (points.at(-1) as (typeof points)[number]).replica;
      const passing = records[0]?.event.type !== "snapshot" && !declared.includes(name);
      return { name, service, key, points, ...(passing && { passing }) };
    })
    .sort((a, b) => position(a.name) - position(b.name));
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
