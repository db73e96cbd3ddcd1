import { expect, test } from "vitest";
import { AegisError } from "../kit/errors.ts";
import { type Bench, createBench } from "./testing/bench.ts";

const IN_PLACE = { strategy: "in-place" } as const;
const refusal = (): AegisError => new AegisError("ENVIRONMENT", "the engine says no");

/** A v2 that fails every second request from the time on that app2 runs it. */
function failsAt(bench: Bench, name: string): void {
  bench.answers = (one) =>
    one.version === "v2" && one.name.startsWith(name) ? { ok: 5, failed: 5 } : {};
}

test("surge: each newcomer has proved itself before the old one drains", async () => {
  using bench = await createBench();
  let gated = 0;
  bench.before = (call) => {
    const decided = bench.stages().filter((stage) => stage === "gate").length;
    if (call.startsWith("stop")) expect(decided).toBe(++gated);
  };
  const ended = await bench.play({});
  expect(ended).toEqual({
    outcome: "completed",
    reason: "good",
    detail: "all run v2",
    replicas: ["app1", "app2", "app3"],
    started: ["dry-4", "dry-5", "dry-6"],
  });
  expect(bench.calls).toEqual([
    "pin v2",
    ...["add app1 v2", "stop app1", "promote app1"],
    ...["add app2 v2", "stop app2", "promote app2"],
    ...["add app3 v2", "stop app3", "promote app3"],
  ]);
  expect(await bench.versions()).toEqual({ app1: "v2", app2: "v2", app3: "v2" });
  expect(bench.guards.size).toBe(0);
  expect(bench.busy).toEqual(["app1", null, "app2", null, "app3", null]);
  const each = ["started", "ready", "served", "gate", "drained", "promoted", "accepted"];
  expect(bench.stages()).toEqual([...each, ...each, ...each, "completed"]);
});

test("in place: drain, another release, start; one away at a time", async () => {
  using bench = await createBench();
  bench.before = (call) => {
    if (!call.startsWith("stop")) return;
    expect(bench.replicas().filter(({ ready }) => ready)).toHaveLength(3);
  };
  const ended = await bench.play(IN_PLACE);
  expect(ended).toMatchObject({ outcome: "completed", started: ["dry-4", "dry-5", "dry-6"] });
  expect(bench.deeds).toEqual([
    ...["stop app1", "put app1 v2", "start app1"],
    ...["stop app2", "put app2 v2", "start app2"],
    ...["stop app3", "put app3 v2", "start app3"],
  ]);
  expect(bench.guards.size).toBe(0);
});

test.each(["surge", "in-place"] as const)(
  "%s: every touched one is guarded from before it is touched until all are changed",
  async (strategy) => {
    using bench = await createBench();
    bench.before = (call) => {
      const [deed = "", name = ""] = call.split(" ");
      if (deed === "pin") return;
      expect([...bench.guards.keys()]).toContain(name);
      const guarded = bench.guards.get(name) as {
        release: object;
        ready: boolean;
        peers: object[];
      };
      expect(guarded).toMatchObject({ release: { name: null, env: {} }, ready: true });
      expect(guarded.peers).toHaveLength(2);
    };
    await bench.play({ strategy });
    expect(bench.guards.size).toBe(0);
  },
);

test("a newcomer that is worse goes; the old one never stopped", async () => {
  using bench = await createBench();
  failsAt(bench, "app1");
  const before = await bench.engine.replicas();
  const ended = await bench.play({});
  expect(ended).toMatchObject({ outcome: "rolled-back", reason: "errors", replicas: ["app1"] });
  expect(bench.deeds).toEqual(["add app1 v2", "start app1", "dismiss app1"]);
  expect(await bench.engine.replicas()).toEqual(before);
  expect(bench.guards.size).toBe(0);
  expect(bench.remembered).toBeNull();
});

test("those accepted before are put back too, the last one first; others are never touched", async () => {
  using bench = await createBench();
  failsAt(bench, "app2");
  const { instance } = await bench.get("app3");
  const ended = await bench.play(IN_PLACE);
  expect(ended).toMatchObject({ outcome: "rolled-back", replicas: ["app1", "app2"] });
  expect(bench.deeds).toEqual([
    ...["stop app1", "put app1 v2", "start app1"],
    ...["stop app2", "put app2 v2", "start app2"],
    ...["stop app2", "put app2 declared", "start app2"],
    ...["stop app1", "put app1 declared", "start app1"],
  ]);
  expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
  expect((await bench.get("app3")).instance).toBe(instance);
  expect(bench.guards.size).toBe(0);
  expect(bench.busy.at(-1)).toBeNull();
});

test("surge: those accepted before go back by a surge, so that none is ever missing", async () => {
  using bench = await createBench();
  failsAt(bench, "app2");
  bench.before = (call) => {
    if (call.startsWith("pin")) return;
    expect(bench.replicas().filter(({ ready }) => ready).length).toBeGreaterThanOrEqual(3);
  };
  const ended = await bench.play({});
  expect(ended).toMatchObject({ outcome: "rolled-back", replicas: ["app1", "app2"] });
  expect(bench.deeds.slice(3)).toEqual([
    ...["add app2 v2", "start app2", "dismiss app2"],
    ...["add app1 declared", "stop app1", "promote app1"],
  ]);
  expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
  expect(bench.guards.size).toBe(0);
});

test("the next one is put back only when the one before is ready again", async () => {
  using bench = await createBench();
  failsAt(bench, "app2");
  let readyAt = Number.POSITIVE_INFINITY;
  bench.isReady = ({ name, version, ready }) =>
    ready && (name !== "app2" || version !== "v1" || bench.clock.now() >= readyAt);
  readyAt = 0;
  bench.before = (call) => {
    if (call === "put app2 declared") readyAt = bench.clock.now() + 7_000_000;
    if (call === "put app1 declared") expect(bench.clock.now()).toBeGreaterThanOrEqual(readyAt);
  };
  await bench.play(IN_PLACE);
  expect(bench.deeds).toContain("put app1 declared");
});

test("one that does not get ready again stays guarded, and no further one is stopped", async () => {
  using bench = await createBench();
  failsAt(bench, "app2");
  let broken = false;
  bench.before = (call) => {
    broken ||= call === "put app2 declared";
  };
  bench.isReady = ({ name, ready }) => ready && !(broken && name === "app2");
  await expect(bench.play(IN_PLACE)).rejects.toThrow("app2 was put back to what is declared");
  expect([...bench.guards.keys()]).toEqual(["app1", "app2"]);
  expect(bench.deeds.at(-1)).toBe("start app2");
  expect((await bench.get("app1")).version).toBe("v2");
});

test.each([
  ["add app1 v2", ["add app1 v2: the engine says no", "start app1"]],
  ["stop app1", ["add app1 v2", "stop app1: the engine says no", "start app1", "dismiss app1"]],
  [
    "promote app1",
    ["add app1 v2", "stop app1", "promote app1: the engine says no", "start app1", "dismiss app1"],
  ],
])("surge: an engine that refuses to %s takes it back", async (call, expected) => {
  using bench = await createBench();
  bench.obstacle = (each) => (each === call ? refusal() : null);
  const ended = await bench.play({});
  expect(ended).toMatchObject({
    outcome: "rolled-back",
    reason: "refused",
    detail: "the engine says no",
  });
  expect(bench.deeds).toEqual(expected);
  expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
  expect(bench.replicas().every(({ ready }) => ready)).toBe(true);
  expect(bench.guards.size).toBe(0);
});

test.each(["stop app2", "put app2 v2", "start app2"])(
  "in place: an engine that refuses to %s once takes it back",
  async (call) => {
    using bench = await createBench();
    let refused = false;
    bench.obstacle = (each) => {
      if (each !== call || refused) return null;
      refused = true;
      return refusal();
    };
    expect(await bench.play(IN_PLACE)).toMatchObject({ outcome: "rolled-back", reason: "refused" });
    expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
    expect(bench.replicas().every(({ ready }) => ready)).toBe(true);
    expect(bench.guards.size).toBe(0);
  },
);

test("an engine that refuses to put it back leaves it guarded", async () => {
  using bench = await createBench();
  bench.obstacle = (call) => (call === "start app1" ? refusal() : null);
  await expect(bench.play(IN_PLACE)).rejects.toThrow("the engine says no");
  expect([...bench.guards.keys()]).toEqual(["app1"]);
});

test("a bug of ours is thrown after all is back", async () => {
  using bench = await createBench();
  bench.obstacle = (call) => (call === "add app2 v2" ? new TypeError("a bug") : null);
  await expect(bench.play({})).rejects.toThrow(new TypeError("a bug"));
  expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
  expect(bench.guards.size).toBe(0);
});
