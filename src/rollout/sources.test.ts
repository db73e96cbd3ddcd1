import { expect, test } from "vitest";
import type { BucketRecord, SourceSlot } from "../model/journal.ts";
import { samplesBySource, unclaimedSince } from "./sources.ts";
import { bucketOfSources } from "./testing/traffic.ts";

const slot = (
  replica: string | null,
  version: string | null,
  ok: number,
  failed = 0,
): SourceSlot => ({
  replica,
  version,
  ok,
  failed,
  latency: ok === 0 ? [] : [100, ok],
});

/** A bucket at that 100 ms; `sources` undefined: of a journal without them. */
function bucket(
  index: number,
  sources: readonly SourceSlot[] | undefined,
  more: Partial<BucketRecord> = {},
): BucketRecord {
  const { sources: _, ...silent } = bucketOfSources(index * 100_000, sources ?? []);
  return { ...silent, ...(sources !== undefined && { sources }), ...more };
}

const BUCKETS = [
  bucket(0, [slot("app1", "v1", 100), slot("app2", "v1", 100)]),
  bucket(1, [slot("app1", "v1", 3), slot("app1", "v2", 10, 1), slot("app2", "v1", 12)]),
  bucket(1, [slot("app1", "v2", 2), slot("app3", "v1", 1, 1)], { traffic: "orders" }),
  bucket(2, [slot("app1", "v2", 9), slot("app2", "v1", 8)]),
];

test("what was due in a bucket that began before is left out", () => {
  const okSince = (since: number) =>
    samplesBySource(BUCKETS, since).reduce((sum, { sample }) => sum + sample.ok, 0);
  expect(okSince(0)).toBe(245);
  expect(okSince(1)).toBe(45);
  expect(okSince(100_000)).toBe(45);
  expect(okSince(100_001)).toBe(17);
  expect(samplesBySource(BUCKETS, 900_000)).toEqual([]);
});

test("each replica in each version has its own", () => {
  const counts = samplesBySource(BUCKETS, 100_000).map(({ replica, version, sample }) => [
    replica,
    version,
    sample.ok,
    sample.failed,
  ]);
  expect(counts).toEqual([
    ["app1", "v1", 3, 0],
    ["app1", "v2", 21, 1],
    ["app2", "v1", 20, 0],
    ["app3", "v1", 1, 1],
  ]);
});

test("failures that nobody can be named for are counted apart", () => {
  const lost = [
    bucket(3, [slot("app1", "v2", 5, 2), slot(null, null, 0, 4)], {
      errors: { status: 6, reset: 3 },
    }),
    bucket(3, [slot(null, "v2", 5, 1)]),
  ];
  expect(unclaimedSince(BUCKETS, 0)).toBe(0);
  expect(unclaimedSince([...BUCKETS, ...lost], 0)).toBe(7);
  expect(unclaimedSince(lost, 300_001)).toBe(0);
});

test("failures of a traffic that never names anybody are nobody's here", () => {
  const elsewhere = { traffic: "elsewhere", errors: { status: 9 } };
  const lost = { traffic: "main", errors: { refused: 2 } };
  const buckets = [...BUCKETS, bucket(3, [slot(null, null, 5, 9)], elsewhere), bucket(3, [], lost)];
  expect(unclaimedSince(buckets, 300_000)).toBe(2);
});

test("buckets that do not tell sources name nobody", () => {
  const old = [bucket(0, undefined, { sent: 50, ok: 48, errors: { timeout: 2 } })];
  expect(samplesBySource(old, 0)).toEqual([]);
  expect(unclaimedSince(old, 0)).toBe(0);
  expect(unclaimedSince([...BUCKETS, ...old], 0)).toBe(2);
});
