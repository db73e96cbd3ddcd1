import { expect, test } from "vitest";
import { type Bench, createBench } from "./testing/bench.ts";

/** Kills app2, which was accepted, when app3 has passed its gate. */
function killsApp2(bench: Bench): void {
  bench.when("gate", async () => {
    if (bench.stages().filter((stage) => stage === "gate").length < 3) return;
    await bench.engine.powers.crash.crash(await bench.get("app2"));
  });
}

test("one that was accepted and is dead at the end: not completed", async () => {
  using bench = await createBench();
  killsApp2(bench);
  const ended = await bench.play({ deadline: "20s" });
  expect(ended).toMatchObject({
    outcome: "rolled-back",
    reason: "died",
    detail: "app2 (exited) ran v2 and is not ready any more",
  });
  expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
  expect(bench.replicas().every(({ ready }) => ready)).toBe(true);
  expect(bench.guards.size).toBe(0);
});

test("one that was accepted, died and is back in time: completed", async () => {
  using bench = await createBench({ spec: { restart: { mode: "always", maxRetries: null } } });
  killsApp2(bench);
  expect((await bench.play({ deadline: "20s" })).outcome).toBe("completed");
  expect((await bench.get("app2")).restarts).toBe(1);
});

test("what ran before is remembered for a way back, and for the way forth again", async () => {
  using bench = await createBench();
  await bench.play({});
  const was = (await bench.engine.replicas()).map(({ name }) => name);
  expect(bench.remembered).toMatchObject({
    moves: was.map((name) => ({ name, release: { name: null, env: {} } })),
  });
  await bench.play({ to: undefined, back: true, gate: "ready" });
  expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
  expect(bench.remembered).toMatchObject({
    moves: was.map((name) => ({ name, release: { name: "v2" } })),
  });
});

test("what one step has moved is remembered beside what another one did, each with what it ran last", async () => {
  using bench = await createBench();
  const steps = [await bench.foresee({}, "app1"), await bench.foresee({}, "app2")];
  for (const foreseen of steps) await bench.playForeseen({}, foreseen);
  expect(bench.remembered).toMatchObject({
    moves: [{ name: "app1" }, { name: "app2" }],
    last: ["app2"],
  });
});

test("a way back is what the steps before it have left, not what there was before the run", async () => {
  using bench = await createBench();
  await bench.play({}, "app1");
  const forth = await bench.foresee({ to: "v3" }, "app1");
  const back = { to: undefined, back: true, gate: "ready" };
  const foreseen = await bench.foresee(back, "app1");
  await bench.playForeseen({ to: "v3" }, forth);
  expect(await bench.playForeseen(back, foreseen)).toMatchObject({
    outcome: "completed",
    detail: "all run v2",
  });
  expect((await bench.get("app1")).version).toBe("v2");
});

test("back: one that is not ready goes first, as the others would wait for it", async () => {
  using bench = await createBench();
  await bench.play({});
  bench.calls.length = 0;
  bench.isReady = ({ name, version, ready }) =>
    ready && !(name.startsWith("app2") && version === "v2");
  const back = { to: undefined, back: true, gate: "ready", strategy: "in-place" };
  expect(await bench.play(back)).toMatchObject({ outcome: "completed" });
  const stopped = bench.deeds.filter((call) => call.startsWith("stop"));
  expect(stopped).toEqual(["stop app2", "stop app1", "stop app3"]);
});

test("all at that version already: completed, and nothing is touched", async () => {
  using bench = await createBench();
  await bench.play({});
  const { remembered } = bench;
  bench.calls.length = 0;
  const ended = await bench.play({});
  expect(ended).toMatchObject({
    outcome: "completed",
    reason: "already",
    detail: "all ran v2 already",
    started: [],
  });
  expect(bench.deeds).toEqual([]);
  expect(bench.remembered).toEqual(remembered);
});

test("some at that version already: only the others are moved", async () => {
  using bench = await createBench();
  await bench.play({}, "app2");
  bench.calls.length = 0;
  expect(await bench.play({})).toMatchObject({ replicas: ["app1", "app3"] });
  expect(bench.deeds.filter((call) => call.includes("app2"))).toEqual([]);
});

test("what an earlier step of the same run has put there is what a bad one goes back to", async () => {
  using bench = await createBench();
  const foreseen = await bench.foresee({ to: "v3" });
  await bench.play({});
  bench.answers = ({ version }) => (version === "v3" ? { ok: 5, failed: 5 } : {});
  const ended = await bench.playForeseen({ to: "v3" }, foreseen);
  expect(ended).toMatchObject({ outcome: "rolled-back", reason: "errors" });
  expect(await bench.versions()).toEqual({ app1: "v2", app2: "v2", app3: "v2" });
});

test("what ran already before an earlier step of the same run is moved all the same", async () => {
  using bench = await createBench();
  await bench.play({});
  const foreseen = await bench.foresee({});
  expect(foreseen.moves.every(({ already }) => already)).toBe(true);
  await bench.play({ to: "v3" });
  bench.calls.length = 0;
  const ended = await bench.playForeseen({}, foreseen);
  expect(ended).toMatchObject({ outcome: "completed", reason: "good" });
  expect(await bench.versions()).toEqual({ app1: "v2", app2: "v2", app3: "v2" });
  expect(bench.deeds[0]).toBe("add app1 v2");
});

test("what cannot be concluded is taken back as undecided", async () => {
  using bench = await createBench();
  bench.answers = () => ({ ok: 1 });
  const ended = await bench.play({ deadline: "10s" });
  expect(ended).toMatchObject({ outcome: "undecided", reason: "too-few-answers" });
  expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
});
