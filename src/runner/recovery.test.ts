import { expect, test } from "vitest";
import type { BucketRecord } from "../model/journal.ts";
import type { Replica } from "../model/replica.ts";
import { RecoveryWatch } from "./recovery.ts";

const HARM = 1_000_000;

function replica(change: Partial<Replica>): { replica: Replica } {
  return {
    replica: {
      key: "app1",
      service: "app",
      name: "app1",
      state: "running",
      health: "none",
      ready: true,
      version: null,
      instance: "2",
      startedAt: 1,
      restarts: 1,
      ...change,
    },
  };
}

/** Nine requests, answered well by these; `replicas`: all that answered, also badly. */
function bucket(t: number, good: Record<string, number>, replicas = good): BucketRecord {
  const fresh = { sent: 0, ok: 0, latency: [] };
  return {
    type: "bucket",
    t,
    traffic: "main",
    sent: 9,
    ok: 9,
    errors: {},
    dropped: 0,
    latency: [],
    max: 0,
    lateness: [],
    burst: 1,
    replicas,
    versions: {},
    good,
    fresh,
  };
}

const watch = (mustAnswer: boolean): RecoveryWatch =>
  new RecoveryWatch({ replica: "app1", mustAnswer, harmEndedAt: HARM, deadInstance: "1" });

test("where answers do not name replicas, ready in a new life is recovered", () => {
  expect(watch(false).seeEvent(replica({}), HARM + 700_000)).toBe(HARM + 700_000);
});

test("the readiness of the life that ended does not count", () => {
  expect(watch(false).seeEvent(replica({ instance: "1" }), HARM + 10)).toBeNull();
});

test("another replica's readiness does not count", () => {
  expect(watch(false).seeEvent(replica({ name: "app2" }), HARM + 10)).toBeNull();
});

test("where answers name replicas it must answer too, known to the end of a bucket", () => {
  const recovery = watch(true);
  expect(recovery.seeEvent(replica({}), HARM + 250_000)).toBeNull();
  expect(recovery.seeBucket(bucket(HARM + 100_000, { app1: 3 }))).toBeNull();
  expect(recovery.seeBucket(bucket(HARM + 200_000, { app2: 3 }))).toBeNull();
  expect(recovery.seeBucket(bucket(HARM + 300_000, { app1: 1 }))).toBe(HARM + 400_000);
});

test("an answer that failed is none", () => {
  const recovery = watch(true);
  recovery.seeEvent(replica({}), HARM + 100_000);
  const bad = bucket(HARM + 200_000, { app2: 3 }, { app1: 3, app2: 3 });
  expect(recovery.seeBucket(bad)).toBeNull();
  const good = bucket(HARM + 300_000, { app1: 1, app2: 3 }, { app1: 3, app2: 3 });
  expect(recovery.seeBucket(good)).toBe(HARM + 400_000);
});

test("readiness that is lost again starts anew", () => {
  const recovery = watch(true);
  recovery.seeEvent(replica({}), HARM + 100_000);
  recovery.seeEvent(replica({ ready: false }), HARM + 150_000);
  expect(recovery.seeBucket(bucket(HARM + 200_000, { app1: 5 }))).toBeNull();
});
