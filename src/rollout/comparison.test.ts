import { expect, test } from "vitest";
import type { Json } from "../kit/world.ts";
import type { Replica } from "../model/replica.ts";
import { type Bench, createBench } from "./testing/bench.ts";
import type { Answers } from "./testing/traffic.ts";

const IN_PLACE = { strategy: "in-place" } as const;

interface Gate {
  readonly newcomer: { readonly names: readonly string[]; readonly ok: number };
  readonly others: { readonly names: readonly string[]; readonly ok: number };
}

/** The sides of each comparison, by replica, as they were noted. */
function sides({
  notes,
}: Bench): readonly (readonly [Json, readonly string[], readonly string[]])[] {
  return notes
    .filter(({ stage }) => stage === "gate")
    .map(({ facts }) => {
      const { newcomer, others } = facts as unknown as Gate;
      return [facts["replica"] as Json, newcomer.names, [...others.names].sort()];
    });
}

test("surge: the new one is weighed against the old one beside it and the others; never against those accepted", async () => {
  using bench = await createBench();
  await bench.play({});
  expect(sides(bench)).toEqual([
    ["app1", ["app1"], ["app1", "app2", "app3"]],
    ["app2", ["app2"], ["app2", "app3"]],
    ["app3", ["app3"], ["app3"]],
  ]);
});

test("in place: against those that still run what was there; the last one against those accepted", async () => {
  using bench = await createBench();
  await bench.play(IN_PLACE);
  expect(sides(bench)).toEqual([
    ["app1", ["app1"], ["app2", "app3"]],
    ["app2", ["app2"], ["app3"]],
    ["app3", ["app3"], ["app1", "app2"]],
  ]);
});

test("never against those that another rollout has moved to the same version", async () => {
  using bench = await createBench();
  await bench.play(IN_PLACE, "app1");
  bench.notes.length = 0;
  await bench.play(IN_PLACE, "app2");
  expect(sides(bench)).toEqual([["app2", ["app2"], ["app3"]]]);
});

test("in place: whatever its answers call its version, they are its own", async () => {
  using bench = await createBench();
  bench.answers = ({ version }) => (version === "v2" ? { version: "2.0.1" } : {});
  expect(await bench.play(IN_PLACE, "app1")).toMatchObject({ outcome: "completed" });
  expect(sides(bench)).toEqual([["app1", ["app1"], ["app2", "app3"]]]);
});

test("nobody of another service is weighed", async () => {
  using bench = await createBench();
  bench.answers = ({ name }) => (name === "app3" ? { replica: "balancer", version: "v1" } : {});
  await bench.play(IN_PLACE, "app1");
  expect(sides(bench)).toEqual([["app1", ["app1"], ["app2"]]]);
});

test("only what was due since it has served counts", async () => {
  using bench = await createBench();
  bench.answers = ({ version }) =>
    version === "v2" && !bench.stages().includes("served") ? { ok: 0, failed: 10 } : {};
  const ended = await bench.play({ "min-in-service": "3s" }, "app1");
  expect(ended).toMatchObject({ outcome: "completed", reason: "good" });
});

test("answers without names are told apart by their versions", async () => {
  using bench = await createBench();
  bench.answers = () => ({ replica: null });
  expect(await bench.play({}, "app1")).toMatchObject({ outcome: "completed" });
  expect(sides(bench)).toEqual([["app1", ["v2"], ["v1"]]]);
});

test("without names the second one cannot be told from the first: nothing is concluded", async () => {
  using bench = await createBench();
  bench.answers = () => ({ replica: null });
  const ended = await bench.play({ deadline: "15s" });
  expect(ended).toMatchObject({ outcome: "undecided", replicas: ["app1", "app2"] });
});

test("nor from one that an earlier rollout has moved to the same version", async () => {
  using bench = await createBench();
  await bench.play({}, "app1");
  bench.answers = () => ({ replica: null });
  expect(await bench.play({ deadline: "15s" }, "app2")).toMatchObject({ outcome: "undecided" });
});

test.each([
  ["in place they are told apart by their names", "in-place", "completed"],
  ["beside each other they are not", "surge", "undecided"],
])("answers without versions: %s", async (_, strategy, outcome) => {
  using bench = await createBench();
  bench.asKnown = (replica) => ({ ...replica, version: null });
  bench.answers = () => ({ version: null });
  expect(await bench.play({ strategy, deadline: "15s" }, "app1")).toMatchObject({ outcome });
});

test("a newcomer that answers as the same version as the old one beside it is weighed by nobody", async () => {
  using bench = await createBench();
  await bench.play({}, "app1");
  const release = { name: "v2", env: { APP_VERSION: "v2", FAILS: "half" }, image: null };
  const { moves, ...rest } = await bench.foresee({ to: "v3" }, "app1");
  const again = moves.map((move) => ({
    ...move,
    after: { ...release, build: null, command: null },
  }));
  bench.notes.length = 0;
  const ended = await bench.playForeseen({}, { ...rest, moves: again });
  expect(ended).toMatchObject({ outcome: "undecided", reason: "no-basis" });
  expect(ended.detail).toContain("both answer as v2");
  expect(bench.stages()).not.toContain("gate");
});

const worse = (answers: Answers) => (one: Replica) => (one.version === "v2" ? answers : {});

test.each([
  ["errors", { ok: 8, failed: 2 }, "rolled-back"],
  ["slow", { ms: 40 }, "rolled-back"],
  ["too-few-answers", { ok: 0 }, "undecided"],
])("%s", async (reason, answers, outcome) => {
  using bench = await createBench();
  bench.answers = worse(answers);
  const ended = await bench.play({ deadline: "15s" });
  expect(ended).toMatchObject({ outcome, reason, replicas: ["app1"] });
  const verdict = outcome === "undecided" ? "undecided" : "bad";
  expect(bench.notes.find(({ stage }) => stage === "gate")?.facts).toMatchObject({ verdict });
});

test.each([{}, IN_PLACE])("leak: it grows, the others do not: %j", async (how) => {
  using bench = await createBench();
  bench.memory = ({ version }) => 64 * 2 ** 20 + (version === "v2" ? bench.clock.now() * 20 : 0);
  const ended = await bench.play({ ...how, observe: "8s" });
  expect(ended).toMatchObject({ outcome: "rolled-back", reason: "leak" });
});

test("what all suffer from alike is not held against it", async () => {
  using bench = await createBench();
  bench.answers = () => ({ ok: 9, failed: 1, ms: 200 });
  expect(await bench.play({}, "app1")).toMatchObject({ outcome: "completed" });
});

test("one that is past hope is not observed to the end", async () => {
  using bench = await createBench();
  bench.answers = worse({ ok: 0, failed: 10 });
  await bench.play({ observe: "30s" });
  expect(bench.clock.now()).toBeLessThan(5_000_000);
});

test("it is weighed once: when both sides have enough, and not before it was observed long enough", async () => {
  using bench = await createBench();
  await bench.play({ observe: "9s", deadline: "60s" }, "app1");
  expect(bench.stages().filter((stage) => stage === "gate")).toHaveLength(1);
  expect(bench.clock.now()).toBeGreaterThanOrEqual(11_600_000);
});

test("however short the watch, it lasts until its memory was read often enough to say something", async () => {
  using bench = await createBench();
  const ended = await bench.play({ observe: "100ms", samples: 20 }, "app1");
  expect(ended).toMatchObject({ outcome: "completed", reason: "good" });
});

test("few answers are waited for until there are enough", async () => {
  using bench = await createBench();
  bench.answers = () => ({ ok: 1 });
  expect(await bench.play({ deadline: "60s" }, "app1")).toMatchObject({ outcome: "completed" });
  expect(bench.clock.now()).toBeGreaterThan(12_000_000);
});

test("a deadline that comes before it was observed long enough decides nothing", async () => {
  using bench = await createBench();
  const ended = await bench.play({ observe: "30s", deadline: "10s" });
  expect(ended).toMatchObject({ outcome: "undecided", reason: "no-basis" });
  expect(ended.detail).toMatch(/^the new app1: \S+ of the 30s .* missing at its deadline$/);
});

test("one that is bad by then is bad all the same", async () => {
  using bench = await createBench();
  bench.answers = worse({ ok: 8, failed: 2 });
  const ended = await bench.play({ observe: "30s", deadline: "10s" });
  expect(ended).toMatchObject({ outcome: "rolled-back", reason: "errors" });
});
