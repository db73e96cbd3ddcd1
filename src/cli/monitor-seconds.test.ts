import { expect, test } from "vitest";
import { Histogram } from "../kit/histogram.ts";
import type { BucketRecord } from "../model/journal.ts";
import { MonitorSeconds } from "./monitor-seconds.ts";

test("a second is told when the first bucket of the next one has settled", () => {
  const seconds = new MonitorSeconds();
  for (let tenth = 3; tenth < 13; tenth++) expect(seconds.push(bucket(tenth))).toBeNull();
  expect(seconds.push(bucket(13))).toMatchObject({ t: 300_000, sent: 2 * 10, ok: 2 * 10 });
});

test("percentiles are of all answers of the second, not averages of its tenths", () => {
  const seconds = new MonitorSeconds();
  seconds.push(bucket(0, { latency: [1000, 1000, 1000] }));
  for (let tenth = 1; tenth < 10; tenth++) seconds.push(bucket(tenth, { latency: [9000] }));
  const second = seconds.push(bucket(10));
  expect(second?.p50).toBeGreaterThan(8900);
  expect(second?.p99).toBeGreaterThan(8900);
});

test("a tenth with a failure is marked as failed, one without requests as nothing", () => {
  const seconds = new MonitorSeconds();
  seconds.push(bucket(0));
  seconds.push(bucket(1, { errors: { timeout: 2, reset: 1 } }));
  const second = seconds.push(bucket(10));
  expect(second?.tenths.slice(0, 3)).toEqual([5000, "failed", null]);
  expect(second?.errors).toEqual([
    ["timeout", 2],
    ["reset", 1],
  ]);
});

test("versions are counted over the whole second", () => {
  const seconds = new MonitorSeconds();
  seconds.push(bucket(0, { versions: { v2: 1, v1: 1 } }));
  seconds.push(bucket(1, { versions: { v1: 2 } }));
  expect(seconds.push(bucket(10))?.versions).toEqual([
    ["v1", 3],
    ["v2", 1],
  ]);
});

test("a second in which nothing settled has no latency", () => {
  const seconds = new MonitorSeconds();
  seconds.push(bucket(0, { latency: [], errors: { refused: 2 } }));
  const second = seconds.push(bucket(10));
  expect(second?.p50).toBeNaN();
  expect(second?.ok).toBe(0);
});

test("the end tells a second of which at least half was seen, and no crumb", () => {
  const seconds = new MonitorSeconds();
  expect(seconds.end()).toBeNull();
  seconds.push(bucket(0));
  expect(seconds.end()).toBeNull();
  seconds.push(bucket(5));
  expect(seconds.end()).toMatchObject({ sent: 4 });
});

function bucket(
  tenth: number,
  given: {
    latency?: readonly number[];
    errors?: BucketRecord["errors"];
    versions?: Record<string, number>;
  } = {},
): BucketRecord {
  const { latency = [4000, 5000], errors = {}, versions = {} } = given;
  const histogram = new Histogram();
  for (const each of latency) histogram.record(each);
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return {
    type: "bucket",
    t: tenth * 100_000,
    traffic: "main",
    sent: latency.length + failed,
    ok: latency.length,
    errors,
    dropped: 0,
    latency: histogram.toSparse(),
    max: Math.max(0, ...latency),
    lateness: [],
    burst: 1,
    replicas: {},
    versions,
    fresh: { sent: 0, ok: 0, latency: [] },
  };
}
