import { expect, test } from "vitest";
import type { Json } from "../kit/world.ts";
import { rollout } from "./kind.ts";
import { type Guarded, putBack, putBackGuarded } from "./put-back.ts";
import { type Bench, createBench, refOf, V2 } from "./testing/bench.ts";

const DECLARED = { name: null, env: {}, image: null, build: null, command: null };

async function guardedIn(bench: Bench, change: Partial<Guarded> = {}): Promise<Guarded> {
  const peers = (await bench.engine.replicas()).map(refOf).filter(({ name }) => name !== "app1");
  return { release: DECLARED, ready: true, surge: false, peers, ...change };
}

/** As the run does it, on the clock that leaps. */
async function putBackIn(bench: Bench, change: Partial<Guarded> = {}): Promise<void> {
  const target = refOf(await bench.get("app1"));
  const options = { hold: bench.hold, sleep: (ms: number) => bench.clock.sleep(ms) };
  await putBack(bench.powers, target, await guardedIn(bench, change), options);
}

/** Where a rollout of app1 may have stopped, each with what is left to do. `back`: the old release is beside it again. */
const PLACES = {
  "before anything": { done: [], undo: ["start"] },
  "stopped, in place": { done: ["stop"], undo: ["start"] },
  "put, in place": { done: ["stop", "put"], undo: ["put", "start"] },
  "started, in place": { done: ["stop", "put", "start"], undo: ["stop", "put", "start"] },
  "added beside it": { done: ["add"], undo: ["start", "dismiss"] },
  drained: { done: ["add", "stop"], undo: ["start", "dismiss"] },
  promoted: { done: ["add", "stop", "promote"], undo: ["add", "stop", "promote"] },
  "on its way back": { done: ["add", "stop", "promote", "back"], undo: ["stop", "promote"] },
  "drained on its way back": {
    done: ["add", "stop", "promote", "back", "stop"],
    undo: ["promote"],
  },
} as const;

async function goTo(bench: Bench, deeds: readonly string[]): Promise<void> {
  const { lifecycle, releases, members } = bench.engine.powers;
  const target = refOf(await bench.get("app1"));
  for (const deed of deeds) {
    if (deed === "stop") await lifecycle.stop(target, bench.hold);
    if (deed === "put") await releases.put(target, V2);
    if (deed === "start") await lifecycle.start(target);
    if (deed === "add") await members.add(target, V2, bench.hold);
    if (deed === "promote") await members.promote(target);
    if (deed === "back") await members.add(target, DECLARED, null);
  }
}

test.each(Object.entries(PLACES))(
  "from JSON alone, twice, wherever it stopped: %s",
  async (_, { done, undo }) => {
    using bench = await createBench();
    const target = refOf(await bench.get("app1"));
    const surge = (done as readonly string[]).includes("add");
    const guarded = JSON.parse(JSON.stringify(await guardedIn(bench, { surge }))) as Json;
    await goTo(bench, done);
    await rollout.revert(bench.powers, target, {}, guarded);
    expect(bench.calls.map((call) => call.split(" ")[0])).toEqual(undo);
    expect(await bench.versions()).toEqual({ app1: "v1", app2: "v1", app3: "v1" });
    const after = await bench.engine.replicas();
    expect(after.every(({ ready }) => ready)).toBe(true);
    await rollout.revert(bench.powers, target, {}, guarded);
    expect(await bench.engine.replicas()).toEqual(after);
  },
);

test("a target that is gone counts as undone", async () => {
  using bench = await createBench();
  const app1 = await bench.get("app1");
  await bench.engine.powers.lifecycle.remove(app1, bench.hold);
  await putBackGuarded(bench.powers, refOf(app1), await guardedIn(bench));
  expect(bench.calls).toEqual([]);
});

test("one that was removed beside its newcomer is made again before that goes", async () => {
  using bench = await createBench();
  await goTo(bench, ["add"]);
  const app1 = await bench.get("app1");
  await bench.engine.powers.lifecycle.remove(app1, bench.hold);
  await putBackIn(bench);
  expect(bench.calls).toEqual(["recreate app1", "dismiss app1"]);
  expect(await bench.get("app1")).toMatchObject({ state: "running", version: "v1" });
});

test("the newcomer goes only when the old one is ready again", async () => {
  using bench = await createBench();
  await goTo(bench, ["add", "stop"]);
  const readyAt = bench.clock.now() + 5_000_000;
  bench.isReady = ({ name, ready }) => ready && (name !== "app1" || bench.clock.now() >= readyAt);
  bench.before = (call) => {
    if (call === "dismiss app1") expect(bench.clock.now()).toBeGreaterThanOrEqual(readyAt);
  };
  await putBackIn(bench);
  expect(bench.calls).toEqual(["start app1", "dismiss app1"]);
});

test("an old one that does not get ready: told, and the newcomer stays", async () => {
  using bench = await createBench();
  await goTo(bench, ["add", "stop"]);
  bench.isReady = ({ name, ready }) => ready && name !== "app1";
  await expect(putBackIn(bench)).rejects.toThrow(
    "app1 was put back to what is declared and is not ready after 60 s",
  );
  expect(bench.calls).toEqual(["start app1"]);
});

test("one that was not ready before is not waited for", async () => {
  using bench = await createBench();
  await goTo(bench, ["stop", "put", "start"]);
  bench.isReady = ({ name, ready }) => ready && name !== "app1";
  await putBackIn(bench, { ready: false });
  expect(await bench.get("app1")).toMatchObject({ version: "v1", state: "running" });
  expect(bench.clock.now()).toBeLessThan(1_000_000);
});

/** app1 runs v2 and is ready; of the others these are. */
async function benchWithReady(...names: readonly string[]): Promise<Bench> {
  const bench = await createBench();
  await goTo(bench, ["stop", "put", "start"]);
  bench.isReady = ({ name, ready }) => ready && ["app1", ...names].includes(name);
  return bench;
}

test("all others are waited for before one that serves is stopped", async () => {
  using bench = await benchWithReady("app2");
  bench.isReady = ({ name }) => name !== "app3" || bench.clock.now() > 6_000_000;
  bench.before = (call) => {
    if (call === "stop app1") expect(bench.clock.now()).toBeGreaterThan(6_000_000);
  };
  await putBackIn(bench);
  expect(bench.calls[0]).toBe("stop app1");
});

test("one of the others is enough when the rest does not come", async () => {
  using bench = await benchWithReady("app3");
  await putBackIn(bench);
  expect(bench.clock.now()).toBeGreaterThanOrEqual(20_000_000);
  expect((await bench.get("app1")).version).toBe("v1");
});

test("the only one that is ready is not stopped", async () => {
  using bench = await benchWithReady();
  await expect(putBackIn(bench)).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message:
      "app1 is the only replica of app that is ready: it is not stopped to put what is declared back",
    hint: expect.stringContaining("aegis heal"),
  });
  expect(bench.calls).toEqual([]);
  expect(await bench.get("app1")).toMatchObject({ version: "v2", ready: true });
});

test("one that does not serve is put back, whoever else is not ready", async () => {
  using bench = await benchWithReady();
  bench.isReady = () => false;
  await putBackIn(bench, { ready: false });
  expect((await bench.get("app1")).version).toBe("v1");
});

test("the only replica goes back by a surge as it came by one: somebody serves at every moment", async () => {
  using bench = await createBench({ replicas: ["app1"] });
  await goTo(bench, ["add", "stop", "promote"]);
  bench.before = () => expect(bench.replicas().some(({ ready }) => ready)).toBe(true);
  await putBackIn(bench, { surge: true });
  expect(bench.calls).toEqual(["add app1 declared", "stop app1", "promote app1"]);
  expect(await bench.get("app1")).toMatchObject({ version: "v1", ready: true });
});

test("one that came by a surge and does not serve is put back in place", async () => {
  using bench = await createBench();
  await goTo(bench, ["add", "stop", "promote"]);
  bench.isReady = ({ version, ready }) => ready && version !== "v2";
  await putBackIn(bench, { surge: true });
  expect(bench.calls).toEqual(["stop app1", "put app1 declared", "start app1"]);
});

test("an old one that died on its way back is begun anew", async () => {
  using bench = await createBench();
  await goTo(bench, ["add", "stop", "promote", "back"]);
  await bench.engine.powers.crash.crash(await bench.get("app1+"));
  await putBackIn(bench, { surge: true });
  const expected = ["dismiss app1", "add app1 declared", "stop app1", "promote app1"];
  expect(bench.calls).toEqual(expected);
});

test("one that has no others is stopped: downtime was allowed", async () => {
  using bench = await createBench({ replicas: ["app1"] });
  await goTo(bench, ["stop", "put", "start"]);
  await putBackIn(bench);
  expect((await bench.get("app1")).version).toBe("v1");
});
