import { beforeEach, expect, test } from "vitest";
import type { Replica } from "../model/replica.ts";
import { rollout } from "../rollout/kind.ts";
import { type Bench, createBench, refOf, V2 } from "../rollout/testing/bench.ts";
import { newInjection } from "./injection.ts";
import { lookAround, type Surroundings } from "./residue.ts";
import { residueAfter } from "./residue-after.ts";
import type { Stage } from "./stage.ts";

let bench: Bench;
let before: Surroundings;

beforeEach(async () => {
  bench = await createBench();
  before = await lookAround(bench.engine);
});

/** app1 runs v2 from now on. */
async function move(): Promise<Replica> {
  const app1 = await bench.get("app1");
  const { lifecycle, releases } = bench.engine.powers;
  await lifecycle.stop(app1, null);
  await releases.put(app1, V2);
  await lifecycle.start(app1);
  return app1;
}

/** Of a run with one rollout that touched app1, and changed it for good or not; or with none. */
async function residue({
  changed,
}: {
  readonly changed: boolean | null;
}): Promise<readonly string[]> {
  const target = refOf(await bench.get("app1"));
  const start = { id: "u#1", step: "u", kind: rollout, target: null, params: { to: "v2" } };
  const guard = { id: "u#1/app1", target, before: null };
  const course = { touched: new Set([target.key]), changed: changed === true ? [guard] : [] };
  const injection = { ...newInjection(start, 0), course };
  const stage = {
    options: { engine: bench.engine, world: { clock: bench.clock } },
    view: { removedByOthers: new Set() },
    conductor: { injections: changed === null ? [] : [injection] },
    engineWasLost: false,
    ending: null,
    now: () => bench.clock.now(),
  };
  return residueAfter(stage as unknown as Stage, before);
}

test("what a rollout has changed for good is what it meant to leave", async () => {
  await move();
  expect(await residue({ changed: true })).toEqual([]);
});

test("what it says that it has put back has to be as it was", async () => {
  await move();
  expect(await residue({ changed: false })).toEqual(["app1 runs v2 (it ran v1)"]);
  expect(await residueAfterPutBack()).toEqual([]);
});

async function residueAfterPutBack(): Promise<readonly string[]> {
  const app1 = await bench.get("app1");
  const { lifecycle, releases } = bench.engine.powers;
  await lifecycle.stop(app1, null);
  await releases.put(app1, { ...V2, name: null, env: {} });
  await lifecycle.start(app1);
  return residue({ changed: false });
}

test("a newcomer that was left is no change that was meant", async () => {
  await bench.engine.powers.members.add(await bench.get("app1"), V2, bench.hold);
  expect(await residue({ changed: true })).toEqual(["app1+ is new (running)"]);
});

test("what changes while nothing was harmed is none of ours", async () => {
  await move();
  await bench.engine.powers.members.add(await bench.get("app1"), V2, bench.hold);
  expect(await residue({ changed: null })).toEqual([]);
});
