import { describe, expect, test } from "vitest";
import type { ErrorClass } from "../model/assertion.ts";
import type { BucketRecord, GapRecord, OutageRecord, SampleRecord } from "../model/journal.ts";
import type { TesterRecord } from "./contract.ts";
import { Recorder } from "./recorder.ts";

/** A recorder of 100 arrivals per second from 0 on, with what it has written. */
function recording(interval = 10_000) {
  const records: TesterRecord[] = [];
  const recorder = new Recorder({
    traffic: "main",
    start: 0,
    interval,
    bySource: false,
    naming: (n) => ({ id: `run-main-${n}`, traceparent: `trace-${n}` }),
    emit: (record) => records.push(record),
  });
  return {
    recorder,
    send: (count: number) => {
      for (let i = 0; i < count; i++) recorder.send(false);
    },
    settle: (n: number, ending: "ok" | ErrorClass = "ok", took = 1000, replica = "app1") =>
      recorder.settle({
        n,
        due: n * interval,
        at: n * interval + took,
        ending,
        fresh: false,
        status: ending === "ok" ? 200 : null,
        replica: ending === "ok" ? replica : null,
        version: null,
        detail: ending === "ok" ? "" : `why ${n}`,
        took,
        lateness: 100,
      }),
    of: <T extends TesterRecord>(type: T["type"]) => records.filter((r) => r.type === type) as T[],
  };
}

describe("buckets", () => {
  test("are written once everything due in them has settled, in order, however answers come", () => {
    const { recorder, send, settle, of } = recording();
    send(30);
    for (const n of [29, 12, 3, 15]) settle(n);
    recorder.advance(300_000);
    expect(of("bucket")).toEqual([]);
    for (let n = 0; n < 30; n++) if (![29, 12, 3, 15, 5].includes(n)) settle(n);
    recorder.advance(300_000);
    expect(of("bucket")).toEqual([]);
    settle(5);
    recorder.advance(300_000);
    expect(of<BucketRecord>("bucket").map(({ t, sent, ok }) => [t, sent, ok])).toEqual([
      [0, 10, 10],
      [100_000, 10, 10],
      [200_000, 10, 10],
    ]);
  });

  test("wait for arrivals that are still to come", () => {
    const { recorder, send, settle, of } = recording();
    send(9);
    for (let n = 0; n < 9; n++) settle(n);
    recorder.advance(90_000);
    expect(of("bucket")).toEqual([]);
    recorder.advance(100_000);
    expect(of("bucket")).toHaveLength(1);
  });

  test("count by class, replica and lateness, and keep latency of successes only", () => {
    const { recorder, send, settle, of } = recording();
    send(4);
    settle(0, "ok", 500, "app1");
    settle(1, "ok", 900, "app2");
    settle(2, "timeout", 1_000_000);
    settle(3, "reset", 50);
    recorder.burst(4);
    recorder.end(40_000);
    const [bucket] = of<BucketRecord>("bucket");
    expect(bucket).toMatchObject({
      sent: 4,
      ok: 2,
      errors: { timeout: 1, reset: 1 },
      replicas: { app1: 1, app2: 1 },
      good: { app1: 1, app2: 1 },
      max: 900,
      burst: 4,
      dropped: 0,
    });
    expect(total(bucket?.latency)).toBe(2);
    expect(total(bucket?.lateness)).toBe(4);
  });

  test("tell good answers by replica from those that failed", () => {
    const { recorder, send, of } = recording();
    send(3);
    const answer = { fresh: false, version: null, detail: "", took: 500, lateness: 0 };
    const from = (n: number) => ({ ...answer, n, due: n * 10_000, at: n * 10_000 + 500 });
    recorder.settle({ ...from(0), ending: "status", status: 500, replica: "app1" });
    recorder.settle({ ...from(1), ending: "ok", status: 200, replica: "app2" });
    recorder.settle({ ...from(2), ending: "body", status: 200, replica: "app2" });
    recorder.end(30_000);
    const [bucket] = of<BucketRecord>("bucket");
    expect(bucket).toMatchObject({ replicas: { app1: 1, app2: 2 }, good: { app2: 1 } });
  });

  test("say nothing of good answers by replica where none names one", () => {
    const { recorder, send, settle, of } = recording();
    send(1);
    settle(0, "refused");
    recorder.end(10_000);
    expect(of<BucketRecord>("bucket")[0]).not.toHaveProperty("good");
  });

  test("tell what was dropped, which is neither sent nor failed", () => {
    const { recorder, send, settle, of } = recording();
    send(1);
    recorder.drop();
    send(1);
    settle(0);
    settle(2);
    recorder.end(30_000);
    expect(of<BucketRecord>("bucket")[0]).toMatchObject({ sent: 2, ok: 2, dropped: 1, errors: {} });
    expect(of("outage")).toEqual([]);
  });

  test("keep a bounded number of replica names", () => {
    const { recorder, send, settle, of } = recording(10);
    send(5000);
    for (let n = 0; n < 5000; n++) settle(n, "ok", 100, `request-${n}`);
    recorder.end(50_000);
    const [bucket] = of<BucketRecord>("bucket");
    expect(Object.keys(bucket?.replicas ?? {})).toHaveLength(65);
    expect(bucket?.replicas["(other)"]).toBe(5000 - 64);
  });
});

describe("samples", () => {
  test("name failed requests with their reason", () => {
    const { recorder, send, settle, of } = recording();
    send(3);
    settle(0);
    settle(2, "refused", 300);
    settle(1, "status", 200);
    recorder.end(30_000);
    expect(of<SampleRecord>("sample")).toMatchObject([
      {
        t: 10_000,
        id: "run-main-1",
        class: "status",
        tookUs: 200,
        left: 0,
        traceparent: "trace-1",
      },
      { t: 20_000, id: "run-main-2", class: "refused", detail: "why 2", left: 0 },
    ]);
  });

  test("are at most 20 per bucket, and say how many were left out", () => {
    const { recorder, send, settle, of } = recording(1000);
    send(150);
    for (let n = 0; n < 150; n++) settle(n, "refused", 50);
    recorder.end(150_000);
    const samples = of<SampleRecord>("sample");
    expect(samples.filter(({ t }) => t < 100_000)).toHaveLength(20);
    expect(samples.map(({ left }) => left)).toEqual([...Array(20).fill(80), ...Array(20).fill(30)]);
  });
});

describe("outages", () => {
  test("go from the due time of the first failure to that of the next success", () => {
    const { recorder, send, settle, of } = recording();
    send(10);
    for (let n = 0; n < 10; n++) settle(n, n >= 3 && n <= 6 ? "refused" : "ok");
    recorder.end(100_000);
    expect(of<OutageRecord>("outage")).toEqual([
      {
        type: "outage",
        t: 30_000,
        traffic: "main",
        until: 70_000,
        open: false,
        lower: 30_000,
        upper: 50_000,
        failed: 4,
        errors: { refused: 4 },
      },
    ]);
  });

  test("are decided in due order though answers settle in any other", () => {
    const endings: ("ok" | ErrorClass)[] = ["ok", "reset", "ok", "timeout", "timeout", "ok"];
    for (const order of permutations([0, 1, 2, 3, 4, 5])) {
      const { recorder, send, settle, of } = recording();
      send(6);
      for (const n of order) settle(n, endings[n]);
      recorder.end(60_000);
      expect(of<OutageRecord>("outage").map(({ t, until }) => [t, until])).toEqual([
        [10_000, 20_000],
        [30_000, 50_000],
      ]);
    }
  });

  test("that the traffic's end cuts off stay open", () => {
    const { recorder, send, settle, of } = recording();
    send(4);
    for (let n = 0; n < 4; n++) settle(n, n === 0 ? "ok" : "refused");
    recorder.end(45_000);
    expect(of("outage")).toMatchObject([{ t: 10_000, until: 45_000, open: true, upper: 45_000 }]);
  });

  test("are not ended by a request that the tester could not send", () => {
    const { recorder, send, settle, of } = recording();
    send(2);
    recorder.drop();
    send(2);
    for (const n of [0, 4]) settle(n);
    for (const n of [1, 3]) settle(n, "refused");
    recorder.end(50_000);
    expect(of("outage")).toMatchObject([{ t: 10_000, until: 40_000, failed: 2 }]);
  });
});

describe("gaps", () => {
  test("are stretches without a success, by completion", () => {
    const { recorder, send, settle, of } = recording();
    send(40);
    for (let n = 0; n < 40; n++) if (n < 5 || n >= 30) settle(n, "ok", 1000);
    for (let n = 5; n < 30; n++) settle(n, "timeout", 1000);
    recorder.end(400_000);
    expect(of<GapRecord>("gap")).toEqual([
      { type: "gap", t: 41_000, traffic: "main", until: 301_000, open: false },
    ]);
  });

  test("of a freeze show though every request succeeded in the end", () => {
    const { recorder, send, settle, of } = recording();
    send(60);
    for (let n = 0; n < 60; n++) {
      settle(n, "ok", n >= 10 && n < 50 ? 500_000 - n * 10_000 : 1000);
    }
    recorder.end(600_000);
    expect(of("outage")).toEqual([]);
    expect(of<GapRecord>("gap").map(({ t, until }) => [t, until])).toEqual([[91_000, 500_000]]);
  });

  test("no longer than the schedule's own are left out", () => {
    const { recorder, send, settle, of } = recording();
    send(100);
    for (let n = 0; n < 100; n++) settle(n, "ok", n % 2 === 0 ? 1000 : 9000);
    recorder.end(1_000_000);
    expect(of("gap")).toEqual([]);
  });

  test("stay open when the traffic ends in one", () => {
    const { recorder, send, settle, of } = recording();
    send(10);
    for (let n = 0; n < 10; n++) settle(n, n === 0 ? "ok" : "refused", 1000);
    recorder.end(100_000);
    expect(of("gap")).toMatchObject([{ t: 1000, until: 100_000, open: true }]);
  });
});

test("memory does not grow with the run: a million requests leave one record per 100 ms", () => {
  const { recorder, send, settle, of } = recording(50);
  for (let n = 0; n < 1_000_000; n++) {
    send(1);
    settle(n, "ok", 400);
    if (n % 2000 === 0) recorder.advance(n * 50);
  }
  recorder.end(50_000_000);
  expect(of("bucket")).toHaveLength(500);
  expect(recorder.pending).toBe(0);
});

function total(sparse: readonly number[] | undefined): number {
  return (sparse ?? []).reduce((sum, value, index) => (index % 2 === 1 ? sum + value : sum), 0);
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}
