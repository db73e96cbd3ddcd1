import { expect, test } from "vitest";
import { createBench } from "./testing/bench.ts";

test("a pause is heeded before the next replica only, and its time does not count", async () => {
  using bench = await createBench();
  bench.when("accepted", () => {
    if (bench.stages().filter((stage) => stage === "accepted").length === 1) bench.asked = "pause";
  });
  bench.when("paused", () => {
    expect(bench.replicas().every(({ ready }) => ready)).toBe(true);
    bench.clock.at(bench.clock.now() / 1000 + 300_000, () => {
      bench.asked = null;
    });
  });
  const ended = await bench.play({ deadline: "20s" });
  expect(ended.outcome).toBe("completed");
  expect(bench.stages().filter((stage) => /paused|resumed/.test(stage))).toEqual([
    "paused",
    "resumed",
  ]);
  expect(bench.clock.now()).toBeGreaterThan(300_000_000);
});

test.each(["started", "ready", "served", "gate", "drained", "promoted", "accepted"])(
  "undone at any time (%s): everything is put back",
  async (stage) => {
    using bench = await createBench();
    bench.when(stage, () => {
      if (bench.stages().filter((each) => each === stage).length === 2) bench.asked = "undo";
    });
    const ended = await bench.play({});
    expect(ended).toMatchObject({ outcome: "rolled-back", reason: "undone" });
    expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
    expect(bench.guards.size).toBe(0);
  },
);

test.each(["undone", "interrupted"] as const)(
  "%s while the last one is promoted: it is not completed all the same",
  async (reason) => {
    using bench = await createBench();
    bench.before = (call) => {
      if (call !== "promote app3") return;
      if (reason === "undone") bench.asked = "undo";
      else bench.over.abort("the run ended early");
    };
    const ended = await bench.play({});
    expect(ended).toMatchObject({ outcome: "rolled-back", reason });
    expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
  },
);

test("undone while the only replica is promoted: it goes back without a moment in which nobody serves", async () => {
  using bench = await createBench({ replicas: ["app1"] });
  bench.before = (call) => {
    if (call === "promote app1") bench.asked = "undo";
    expect(bench.replicas().some(({ ready }) => ready)).toBe(true);
  };
  const ended = await bench.play({ gate: "ready" });
  expect(ended).toMatchObject({ outcome: "rolled-back", reason: "undone" });
  expect(await bench.versions()).toEqual({ app1: "v1" });
});

test("paused, then undone", async () => {
  using bench = await createBench();
  bench.asked = "pause";
  bench.when("paused", () => {
    bench.asked = "undo";
  });
  expect(await bench.play({})).toMatchObject({ reason: "undone", replicas: [] });
  expect(bench.deeds).toEqual([]);
});

test("the end of the run interrupts it at once, with its reason", async () => {
  using bench = await createBench();
  bench.when("served", () => bench.over.abort("the run ended early"));
  const ended = await bench.play({ observe: "1h", deadline: "2h" });
  expect(ended).toMatchObject({
    outcome: "rolled-back",
    reason: "interrupted",
    detail: "the run ended early",
  });
  expect(bench.clock.now()).toBeLessThan(10_000_000);
});

test("another replica that is not ready: nothing is touched", async () => {
  using bench = await createBench();
  bench.isReady = ({ name, ready }) => ready && name !== "app3";
  const ended = await bench.play({ deadline: "10s" });
  expect(ended).toMatchObject({ outcome: "rolled-back", reason: "others-not-ready" });
  expect(ended.detail).toBe("app3 (running) did not get ready within 10s: app1 was not touched");
  expect(bench.deeds).toEqual([]);
  expect(bench.busy).toEqual([null]);
});

test("replicas that are not ready themselves serve nobody, and wait for nobody: what is ill can be replaced", async () => {
  using bench = await createBench();
  bench.isReady = ({ version, ready }) => ready && version === "v2";
  const ended = await bench.play({ strategy: "in-place", gate: "ready", deadline: "10s" });
  expect(ended.outcome).toBe("completed");
  expect(await bench.versions()).toEqual({ app1: "v2", app2: "v2", app3: "v2" });
});

test("others that get ready in time are waited for", async () => {
  using bench = await createBench();
  bench.isReady = ({ name, ready }) => ready && (name !== "app3" || bench.clock.now() > 8_000_000);
  bench.before = (call) => {
    if (call === "add app1 v2") expect(bench.clock.now()).toBeGreaterThan(8_000_000);
  };
  expect((await bench.play({ deadline: "10s" })).outcome).toBe("completed");
});

test("one that another step has frozen is not touched until it runs again", async () => {
  using bench = await createBench();
  const foreseen = await bench.foresee({});
  const app2 = await bench.get("app2");
  bench.when("accepted", async () => {
    if (bench.stages().includes("paused-by-test")) return;
    bench.notes.push({ text: "", stage: "paused-by-test", facts: {} });
    await bench.engine.powers.lifecycle.pause(app2, bench.hold);
    bench.clock.at(bench.clock.now() / 1000 + 5000, () =>
      bench.engine.powers.lifecycle.unpause(app2),
    );
  });
  bench.before = (call) => {
    if (call === "add app2 v2")
      expect(bench.replicas().find(({ name }) => name === "app2")?.state).toBe("running");
  };
  expect((await bench.playForeseen({}, foreseen)).outcome).toBe("completed");
});
