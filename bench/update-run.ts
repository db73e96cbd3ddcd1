import type { BucketRecord, JournalRecord } from "../src/model/journal.ts";

/** What an update cost those who used the stack meanwhile. */
export interface Cost {
  readonly sent: number;
  readonly failed: number;
  /** By their class. */
  readonly errors: Readonly<Record<string, number>>;
  readonly dropped: number;
  /** Orders that were carried out, as the replicas' logs have them. */
  readonly orders: number;
  /** Of these, not the first of their request. */
  readonly duplicates: number;
  /** Orders that were answered well and that no log has: duplicates of these would not be seen. */
  readonly unseen: number;
}

/** The traffic whose requests must not be carried out twice. */
const ORDERS = "orders";

/** The traffic of every update: GET and POST, a quarter of them on fresh connections. */
export function updateScenario(step: string): string {
  return `version: 1
name: an update
seed: 1
traffic:
  main: { url: http://balancer/, rate: 150/s, timeout: 2s, fresh: 25% }
  ${ORDERS}:
    url: http://balancer/orders
    method: POST
    rate: 50/s
    timeout: 2s
    fresh: 25%
    headers: { content-type: application/json }
    body: '{"id":"\${request.id}"}'
phases: { warmup: 1s, baseline: 1s, recovery: 1s }
steps:
  - ${step}
assert:
  - main.failed == 0
  - orders.failed == 0
  - orders.duplicates == 0
`;
}

/** Of a run, from its first measured request on. */
export function costOf(records: readonly JournalRecord[]): Cost {
  const from = beginOf(records, "baseline") ?? 0;
  const buckets = records.filter(
    (record): record is BucketRecord => record.type === "bucket" && record.t >= from,
  );
  const sum = (of: (bucket: BucketRecord) => number): number =>
    buckets.reduce((total, bucket) => total + of(bucket), 0);
  const errors: Record<string, number> = {};
  for (const [name, count] of buckets.flatMap((bucket) => Object.entries(bucket.errors))) {
    errors[name] = (errors[name] ?? 0) + count;
  }
  const { orders, duplicates } = countedIn(records);
  return {
    sent: sum(({ sent }) => sent),
    failed: sum(({ sent, ok }) => sent - ok),
    errors,
    dropped: sum(({ dropped }) => dropped),
    orders,
    duplicates,
    unseen: Math.max(0, answeredOrders(records) - (orders - duplicates)),
  };
}

/** From the beginning of its only step to the end of it, s; NaN when it has not ended. */
export function stepSeconds(records: readonly JournalRecord[]): number {
  const at = (stage: string): number =>
    records.find((record) => record.type === "step" && record.stage === stage)?.t ?? Number.NaN;
  return (at("ended") - at("started")) / 1e6;
}

/** How its only step ended; null: it did not. */
export function outcomeOf(records: readonly JournalRecord[]): string | null {
  return (
    records
      .flatMap((record) => (record.type === "injection" ? record.outcome : null) ?? [])
      .at(-1) ?? null
  );
}

export function beginOf(records: readonly JournalRecord[], phase: string): number | null {
  const found = records.find((record) => record.type === "phase" && record.phase === phase);
  return found?.t ?? null;
}

function answeredOrders(records: readonly JournalRecord[]): number {
  return records.reduce(
    (sum, record) =>
      record.type === "bucket" && record.traffic === ORDERS ? sum + record.ok : sum,
    0,
  );
}

/** Throws when nobody has counted: a run that broke off. */
function countedIn(records: readonly JournalRecord[]): { orders: number; duplicates: number } {
  const note = records.find((record) => record.type === "note" && record.stage === "duplicates");
  if (note?.type !== "note") throw new Error("the run has not counted its duplicates");
  return note.facts as unknown as { orders: number; duplicates: number };
}
