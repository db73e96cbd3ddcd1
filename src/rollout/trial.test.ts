import { expect, test } from "vitest";
import { type Bench, createBench } from "./testing/bench.ts";

const IN_PLACE = { strategy: "in-place" } as const;
const QUICK = { gate: "ready", "min-in-service": "1s" } as const;

/** Of the first newcomer: how long after its start that stage was told, ms. */
async function toldAfter(bench: Bench, stage: string, given: object): Promise<number> {
  let [started, told] = [Number.NaN, Number.NaN];
  bench.when("started", () => {
    started ||= bench.clock.now();
  });
  bench.when(stage, () => {
    told ||= bench.clock.now();
  });
  await bench.play(given, "app1");
  return (told - started) / 1000;
}

test("ready means three times in a row", async () => {
  using bench = await createBench();
  expect(await toldAfter(bench, "ready", QUICK)).toBeGreaterThanOrEqual(600);
});

test("one time in between in which it is not, and it begins anew", async () => {
  using bench = await createBench();
  const from = bench.clock.now();
  bench.isReady = ({ version, ready }) => {
    const at = (bench.clock.now() - from) / 1000;
    return ready && (version !== "v2" || at < 300 || at > 500);
  };
  expect(await toldAfter(bench, "ready", QUICK)).toBeGreaterThanOrEqual(1100);
});

test.each([{}, IN_PLACE])(
  "one that never gets ready is given up at its deadline: %j",
  async (how) => {
    using bench = await createBench();
    bench.isReady = ({ version, ready }) => ready && version !== "v2";
    const ended = await bench.play({ ...how, deadline: "7s" });
    expect(ended).toMatchObject({ outcome: "rolled-back", reason: "never-ready" });
    expect(ended.detail).toBe("the new app1 did not get ready within 7s: GET /ready answered 503");
    expect(bench.clock.now()).toBeGreaterThanOrEqual(7_000_000);
    expect(bench.clock.now()).toBeLessThan(8_000_000);
  },
);

test("one that is ready and not ready in turns is given up as well", async () => {
  using bench = await createBench();
  bench.isReady = ({ version, ready }) =>
    ready && (version !== "v2" || Math.floor(bench.clock.now() / 150_000) % 2 === 0);
  const ended = await bench.play({ deadline: "7s" });
  expect(ended).toMatchObject({ outcome: "rolled-back", reason: "never-ready" });
});

test("one that is no more ready while it serves", async () => {
  using bench = await createBench();
  let served = false;
  bench.when("served", () => {
    served = true;
  });
  bench.isReady = ({ version, ready }) => ready && !(served && version === "v2");
  const ended = await bench.play({});
  expect(ended).toMatchObject({ reason: "never-ready", outcome: "rolled-back" });
  expect(ended.detail).toBe("the new app1 is not ready any more: GET /ready answered 503");
});

test.each([
  ["it gets ready", "started"],
  ["it serves", "ready"],
  ["it is compared", "served"],
])("a death while %s, although the policy revives it", async (_, stage) => {
  using bench = await createBench({ spec: { restart: { mode: "always", maxRetries: null } } });
  bench.when(stage, () => {
    bench.clock.at(bench.clock.now() / 1000 + 150, async () => {
      await bench.engine.powers.crash.crash(await bench.get("app1+"));
    });
  });
  const ended = await bench.play({});
  expect(ended).toMatchObject({ outcome: "rolled-back", reason: "died" });
  expect(ended.detail).toBe("the new app1 died (it was dry-4)");
  expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
});

test("a death whose news come late, when it has long stopped answering", async () => {
  using bench = await createBench();
  let [deadAt, last] = [Number.POSITIVE_INFINITY, await bench.get("app1")];
  bench.when("served", async () => {
    last = await bench.get("app1+");
    deadAt = bench.clock.now();
    await bench.engine.powers.crash.crash(last);
  });
  bench.asKnown = (replica) => {
    const isNews = bench.clock.now() < deadAt + 600_000;
    return deadAt <= bench.clock.now() && isNews && replica.key === last.key ? last : replica;
  };
  bench.isReady = ({ ready, version }) => ready && !(version === "v2" && deadAt < Infinity);
  expect(await bench.play({})).toMatchObject({ outcome: "rolled-back", reason: "died" });
});

test("a death in place, and in the last moment before it is compared", async () => {
  using bench = await createBench({ spec: { restart: { mode: "no", maxRetries: null } } });
  bench.when("gate", async () => {
    await bench.engine.powers.crash.crash(await bench.get("app1"));
  });
  const ended = await bench.play(IN_PLACE, "app1");
  expect(ended).toMatchObject({ outcome: "rolled-back", reason: "died" });
});

test("a newcomer that is gone as soon as it was weighed: the old one goes on", async () => {
  using bench = await createBench();
  let gone = false;
  bench.when("gate", () => {
    gone = true;
  });
  bench.isReady = ({ version, ready }) => ready && !(gone && version === "v2");
  expect(await bench.play({})).toMatchObject({ outcome: "rolled-back", reason: "never-ready" });
  expect(bench.deeds).not.toContain("stop app1");
});

test("the last events of the old life are not the new one's", async () => {
  using bench = await createBench();
  const old = await bench.get("app1");
  let late = true;
  bench.when("started", () => {
    bench.clock.at(bench.clock.now() / 1000 + 300, () => {
      late = false;
    });
  });
  bench.asKnown = (replica) => (late && replica.name === "app1" ? old : replica);
  const ended = await bench.play(IN_PLACE, "app1");
  expect(ended).toMatchObject({ outcome: "completed", started: ["dry-4"] });
});

test("one that answers as the version before is the wrong one", async () => {
  using bench = await createBench();
  bench.asKnown = (replica) => ({ ...replica, version: "v1" });
  const ended = await bench.play(QUICK);
  expect(ended).toMatchObject({ outcome: "rolled-back", reason: "wrong-version" });
  expect(ended.detail).toBe("the new app1 still answers as v1, not as v2");
});

test("one whose answers are of the version of those that were not moved is the wrong one, whatever is known of it", async () => {
  using bench = await createBench();
  bench.answers = () => ({ version: "v1" });
  const ended = await bench.play({ ...QUICK, ...IN_PLACE });
  expect(ended).toMatchObject({ outcome: "rolled-back", reason: "wrong-version" });
  expect(ended.detail).toBe("the new app1 still answers as v1, not as v2");
});

test.each([
  ["says nothing", null],
  ["has a name of its own for it", "2.0.1"],
])("one that %s is not", async (_, version) => {
  using bench = await createBench();
  bench.asKnown = (replica) => (replica.version === "v2" ? { ...replica, version } : replica);
  expect(await bench.play(QUICK)).toMatchObject({ outcome: "completed" });
});

test("readiness alone: it serves as long as it has to, and nobody weighs it", async () => {
  using bench = await createBench();
  bench.answers = ({ version }) => (version === "v2" ? { ok: 0, failed: 10 } : {});
  const after = await toldAfter(bench, "served", { ...QUICK, "min-in-service": "30s" });
  expect(after).toBeGreaterThanOrEqual(30_600);
  expect(bench.stages()).not.toContain("gate");
  expect(bench.stages()).toContain("completed");
});

test("a deadline that comes before it has served long enough decides nothing", async () => {
  using bench = await createBench();
  const ended = await bench.play({ ...QUICK, "min-in-service": "30s", deadline: "10s" });
  expect(ended).toMatchObject({ outcome: "undecided", reason: "no-basis" });
  expect(ended.detail).toBe("the deadline of 10s came before the new app1 had served for 30s");
  expect(bench.clock.now()).toBeLessThan(11_000_000);
});

test("each replica has a deadline of its own", async () => {
  using bench = await createBench();
  const ended = await bench.play({ deadline: "8s" });
  expect(ended.outcome).toBe("completed");
  expect(bench.clock.now()).toBeGreaterThan(20_000_000);
});
