import { expect, test } from "vitest";
import type { Members, Releases } from "../model/powers.ts";
import type { Release } from "../model/stack.ts";
import { foresee, type RolloutPowers } from "./foresee.ts";
import type { Foreseen } from "./moves.ts";
import { params } from "./params.ts";
import { type Bench, createBench, V1, V2 } from "./testing/bench.ts";

const DECLARED = { name: null, env: {}, image: null, build: null, command: null };

/** The dry engine, but for these answers. */
async function foreseen(
  bench: Bench,
  given: object,
  {
    releases = {},
    members = {},
    aimed = [],
  }: {
    readonly releases?: Partial<Releases>;
    readonly members?: Partial<Members>;
    readonly aimed?: readonly string[];
  },
): Promise<Foreseen> {
  const { powers } = bench;
  const changed: RolloutPowers = {
    ...powers,
    releases: { ...powers.releases, ...releases },
    members: { ...powers.members, ...members },
  };
  return foresee(changed, params.parse(given), await bench.outlook(...aimed));
}

const refusal = async (): Promise<string> => "no port is free";

test("each replica in declared order: what it runs, what it will, and how", async () => {
  using bench = await createBench();
  const { to, moves } = await bench.foresee({});
  expect(to).toBe("v2");
  expect(moves).toMatchObject(
    ["app1", "app2", "app3"].map((name, index) => ({
      target: { key: `p/${name}`, service: "app", name, instance: `dry-${index + 1}` },
      strategy: "surge",
      before: DECLARED,
      after: V2,
      answeredAs: "v1",
      already: false,
    })),
  );
  expect(bench.calls).toEqual(["pin v2"]);
});

test("one replica alone", async () => {
  using bench = await createBench();
  const { moves } = await bench.foresee({}, "app2");
  expect(moves.map(({ target }) => target.name)).toEqual(["app2"]);
});

test("what it needs is got ready once for the service, once for each release", async () => {
  const own: Partial<Releases> = {
    named: async ({ name }): Promise<Record<string, Release>> => ({
      v2: name === "app3" ? { ...V2, env: { APP_VERSION: "v2", COLOUR: "red" } } : V2,
    }),
  };
  using bench = await createBench();
  const { moves } = await foreseen(bench, { to: "v2" }, { releases: own });
  expect(bench.calls).toEqual(["pin v2", "pin v2"]);
  expect(moves.map(({ after }) => after.env["COLOUR"] ?? "none")).toEqual(["none", "none", "red"]);
});

test("what it moves to is what the engine pinned", async () => {
  using bench = await createBench();
  const pin: Releases["pin"] = async (_, release) => ({ ...release, image: "sha256:1" });
  const { to, moves } = await foreseen(bench, { image: "shop:2" }, { releases: { pin } });
  expect(to).toBe("shop:2");
  expect(moves.map(({ after }) => after)).toEqual(
    moves.map(() => ({ ...DECLARED, image: "sha256:1" })),
  );
});

test("a build is of the service's own context", async () => {
  using bench = await createBench();
  const context = { context: "/shop", dockerfile: null, target: null, args: {} };
  const pinned: Release[] = [];
  const pin: Releases["pin"] = async (_, release) => {
    pinned.push(release);
    return { ...release, image: "sha256:2", build: null };
  };
  const releases = { pin, source: async () => context };
  const { to } = await foreseen(bench, { build: true }, { releases });
  expect(to).toBe("a new build");
  expect(pinned).toEqual([{ ...DECLARED, build: context }]);
});

test("who runs it already has nothing to do, whatever speaks against a surge", async () => {
  using bench = await createBench();
  await bench.play({}, "app2");
  const { moves } = await foreseen(
    bench,
    { to: "v2", strategy: "surge" },
    { aimed: ["app2"], members: { refusal } },
  );
  expect(moves).toMatchObject([{ already: true, before: V2, after: V2, answeredAs: "v2" }]);
});

test.each([
  ["auto", null, "surge", null],
  ["surge", null, "surge", null],
  ["in-place", null, "in-place", null],
  ["in-place", refusal, "in-place", null],
  ["auto", refusal, "in-place", "no port is free"],
])("%s: %s, it is %s, because of %s", async (strategy, refused, expected, noSurge) => {
  using bench = await createBench();
  const members = refused === null ? {} : { refusal: refused };
  const { moves } = await foreseen(bench, { to: "v2", strategy }, { members });
  expect(moves).toMatchObject(moves.map(() => ({ strategy: expected, noSurge })));
  expect(moves).toHaveLength(3);
});

test("in place nobody asks whether a surge could be", async () => {
  using bench = await createBench();
  const members = { refusal: () => Promise.reject(new Error("asked")) };
  const { moves } = await foreseen(bench, { to: "v2", strategy: "in-place" }, { members });
  expect(moves).toHaveLength(3);
});

test("no surge where one was asked for", async () => {
  using bench = await createBench();
  await expect(
    foreseen(bench, { to: "v2", strategy: "surge" }, { members: { refusal } }),
  ).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: "no surge of app1: no port is free",
    hint: "use the strategy in-place, or auto",
  });
});

test.each([
  ["in-place", {}, ""],
  ["auto", { refusal }, " A surge cannot be: no port is free."],
])("the only replica, %s: nobody would answer meanwhile", async (strategy, members, why) => {
  using bench = await createBench({ replicas: ["app1"] });
  await expect(foreseen(bench, { to: "v2", strategy }, { members })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: `app1 is the only replica of app: replaced in place, nobody answers meanwhile.${why}`,
    hint: expect.stringContaining("--allow-downtime"),
  });
  const given = { to: "v2", strategy, "allow-downtime": true };
  const { moves } = await foreseen(bench, given, { members });
  expect(moves).toMatchObject([{ strategy: "in-place" }]);
});

test("the only replica is replaced by a surge", async () => {
  using bench = await createBench({ replicas: ["app1"] });
  const { moves } = await bench.foresee({});
  expect(moves).toMatchObject([{ strategy: "surge" }]);
});

test.each([
  ["v3x", "v3"],
  ["toString", "v1"],
  ["__proto__", "v1"],
])("no version %s", async (to, hint) => {
  using bench = await createBench();
  await expect(bench.foresee({ to })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: `app has no version "${to}"`,
    hint: expect.stringContaining(hint),
  });
  expect(bench.calls).toEqual([]);
});

test("no versions at all: how to name one", async () => {
  using bench = await createBench({ spec: { versions: {} } });
  await expect(bench.foresee({})).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("x-aegis: { versions: { v2:"),
  });
});

test("nothing to build", async () => {
  using bench = await createBench();
  await expect(bench.foresee({ to: undefined, build: true })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringContaining("nothing is built for app"),
  });
});

test("what the engine cannot get ready is told before anything is touched", async () => {
  using bench = await createBench();
  bench.obstacle = () => new Error("no such image");
  await expect(bench.foresee({})).rejects.toThrow("no such image");
  expect(bench.calls).toEqual(["pin v2: no such image"]);
});

test.each(["exited", "paused", "removed"] as const)(
  "one that is %s is not replaced",
  async (state) => {
    using bench = await createBench();
    const { lifecycle } = bench.engine.powers;
    const app2 = await bench.get("app2");
    if (state === "exited") await lifecycle.stop(app2, null);
    if (state === "paused") await lifecycle.pause(app2, bench.hold);
    if (state === "removed") await lifecycle.remove(app2, bench.hold);
    await expect(bench.foresee({})).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: `app2 does not run (it is ${state}): nothing to replace`,
    });
  },
);

test("one that is up and not ready may well be replaced", async () => {
  using bench = await createBench();
  bench.isReady = () => false;
  expect((await bench.foresee({})).moves).toHaveLength(3);
});

test("answers that name nobody: nothing to compare, and readiness alone may still decide", async () => {
  using bench = await createBench();
  bench.answersName = false;
  await expect(bench.foresee({ to: "v2" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringMatching(/do not say who gave them/),
  });
  expect(bench.calls).toEqual([]);
  expect((await bench.foresee({ to: "v2", gate: "ready" })).moves).toHaveLength(3);
});

test("nobody there", async () => {
  using bench = await createBench();
  await expect(bench.foresee({}, "elsewhere")).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: "nothing of what is to be moved is there",
  });
});

const BACK = { to: undefined, back: true };

test("back: to what each of them ran before, as it was remembered", async () => {
  using bench = await createBench();
  await bench.play({}, "app1");
  await bench.play({ to: "v3" }, "app2");
  const { to, moves } = await bench.foresee(BACK);
  expect(moves.map(({ target, before, after }) => [target.name, before.name, after.name])).toEqual([
    ["app1", "v2", null],
    ["app2", "v3", null],
  ]);
  expect(to).toBe("what is declared");
});

test("back to what has a name of its own", async () => {
  using bench = await createBench();
  bench.remembered = { moves: [{ name: "app1", release: V1 as never }] };
  expect((await bench.foresee(BACK)).to).toBe("v1");
});

test.each([
  ["nothing is remembered", null],
  ["others are", { moves: [{ name: "web1", release: V1 as never }] }],
])("back, where %s", async (_, remembered) => {
  using bench = await createBench();
  bench.remembered = remembered;
  await expect(bench.foresee(BACK, "app1", "app2")).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: "no completed rollout of app1, app2 is known to take back",
  });
});
