import { expect, test } from "vitest";
import type { BucketRecord } from "../model/journal.ts";
import { RecentBuckets } from "./recent-buckets.ts";

const S = 1_000_000;

/** Sees one bucket per 100 ms of the traffic, from one second to another. */
function see(recent: RecentBuckets, traffic: string, from: number, to: number): void {
  for (let t = from * S; t < to * S; t += 100_000) {
    recent.see({ type: "bucket", t, traffic } as BucketRecord);
  }
}

test("go back as far as the longest rule looks, and ten seconds at least", () => {
  const recent = new RecentBuckets([{ overMs: 5000 }]);
  see(recent, "main", 0, 60);
  expect(recent.of("main")[0]?.t).toBeLessThanOrEqual(50 * S);
  const long = new RecentBuckets([{ overMs: 5000 }, { overMs: 30_000 }]);
  see(long, "main", 0, 60);
  expect(long.of("main")[0]?.t).toBeLessThanOrEqual(30 * S);
  expect(long.of("main")[0]?.t).toBeGreaterThan(29 * S);
});

test("of a traffic that hangs are not lost to one that is answered meanwhile", () => {
  const recent = new RecentBuckets([]);
  see(recent, "slow", 0, 10);
  see(recent, "main", 0, 60);
  see(recent, "slow", 10, 10.1);
  expect(recent.of("slow")).toHaveLength(101);
});

test("of a traffic that is not known are none", () => {
  expect(new RecentBuckets([]).of("main")).toEqual([]);
});
