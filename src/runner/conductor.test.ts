import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { createHost } from "../cli/host.ts";
import { createDryEngine } from "../engines/dry/index.ts";
import type { Engine } from "../engines/engine.ts";
import { kinds } from "../faults/index.ts";
import { AegisError } from "../kit/errors.ts";
import type { InjectionRecord } from "../model/journal.ts";
import { defineKind, type StepKind } from "../model/kind.ts";
import type { Replica, TargetRef } from "../model/replica.ts";
import type { ReplicaSpec } from "../model/stack.ts";
import { type Ledger, openLedger } from "../state/ledger.ts";
import { heal } from "./heal.ts";
import type { InjectOrder } from "./injection.ts";
import { Patience } from "./patience.ts";
import { conducting } from "./testing/conducting.ts";

const { world } = createHost();
let directory: string;
let engine: Engine;
let ledger: Ledger;
let stop: AbortController;

const spec: ReplicaSpec = {
  name: "app1",
  service: "app",
  environment: {},
  dependsOn: [],
  restart: { mode: "no", maxRetries: null },
  stopGraceMs: 1000,
  stopSignal: "SIGTERM",
  healthcheck: null,
  container: null,
  process: null,
  ready: "running",
  identify: { replica: null, version: null },
  versions: {},
  ports: [],
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "aegis-conductor-"));
  const replicas = [spec, { ...spec, name: "app2" }];
  const stack = { project: "p", file: null, directory, profiles: [], replicas };
  engine = await createDryEngine({ stack, world, stateDirectory: directory });
  await engine.up({ timeoutMs: 100, onProgress: () => {} });
  ledger = openLedger(directory);
  stop = new AbortController();
});

afterEach(() => {
  stop.abort();
  ledger.close();
  rmSync(directory, { recursive: true, force: true });
});

const conduct = (extra: readonly StepKind[] = [], patience?: Patience) =>
  conducting({ engine, ledger, world, stop: stop.signal, kinds: [...kinds, ...extra], patience });

async function order(kind: string): Promise<InjectOrder> {
  const [replica] = await engine.replicas();
  if (!replica) throw new Error("no replica");
  const target = refOf(replica);
  return { step: "s", injection: "s#1", kind, params: {}, target, irreversible: false };
}

function refOf({ key, service, name, instance }: Replica): TargetRef {
  return { key, service, name, instance };
}

async function stateOf(): Promise<string | undefined> {
  return (await engine.replicas())[0]?.state;
}

test("held harm is in the ledger while it lasts, proven once it is over, and recovered", async () => {
  const { conductor, stages, told } = await conduct();
  conductor.inject(await order("pause"));
  await conductor.settle();
  expect(await stateOf()).toBe("paused");
  expect(ledger.open().map(({ id, kind }) => [id, kind])).toEqual([["s#1", "pause"]]);
  conductor.revert("s#1");
  await conductor.settle();
  await vi.waitFor(() => expect(stages().at(-1)).toBe("recovered"));
  expect(await stateOf()).toBe("running");
  expect(ledger.open()).toEqual([]);
  expect(stages()).toEqual(["applying", "applied", "ended", "proven", "recovered"]);
  expect(told.map(({ type }) => type)).toEqual(["applied", "ended", "recovered"]);
});

test("an instant fault that nothing heals is undone at the end, and counts as never recovered", async () => {
  const { conductor, stages } = await conduct();
  conductor.inject(await order("crash"));
  await conductor.settle();
  expect(await stateOf()).toBe("exited");
  expect(await conductor.undoAll()).toEqual([]);
  expect(await stateOf()).toBe("running");
  expect(stages().at(-1)).toBe("unrecovered");
  expect(ledger.open()).toEqual([]);
});

test("an instant fault whose success is heard of late: recovery counts from the death, not from the news", async () => {
  const crash = kinds.find(({ name }) => name === "crash") as StepKind;
  const slow: StepKind = {
    ...crash,
    name: "slow-crash",
    apply: async (powers, target, params, hold) => {
      const applied = await crash.apply(powers, target, params, hold);
      await world.clock.sleep(120);
      await powers.lifecycle.start(target);
      await world.clock.sleep(80);
      return applied;
    },
  };
  const { conductor, stages, records } = await conduct([slow]);
  conductor.inject(await order("slow-crash"));
  await conductor.settle();
  await vi.waitFor(() => expect(stages().at(-1)).toBe("recovered"));
  const at = (stage: InjectionRecord["stage"]): number =>
    records.find((record) => record.type === "injection" && record.stage === stage)?.t ??
    Number.NaN;
  expect(at("recovered") - at("ended")).toBeGreaterThanOrEqual(100_000);
  expect(at("ended")).toBe(at("applied"));
});

test("harm that is still held at the end is undone", async () => {
  const { conductor } = await conduct();
  conductor.inject(await order("pause"));
  expect(await conductor.undoAll()).toEqual([]);
  expect(await stateOf()).toBe("running");
  expect(ledger.open()).toEqual([]);
});

const base = {
  summary: "",
  needs: ["lifecycle"] as const,
  held: true,
  params: z.strictObject({}),
  example: {},
  prepare: async () => null,
  proof: () => true,
};

test("harm that takes long to undo leaves no other replica harmed for as long", async () => {
  let end = (): void => {};
  const gate = new Promise<void>((resolve) => {
    end = resolve;
  });
  const slow = defineKind({ ...base, name: "slow", apply: async () => null, revert: () => gate });
  const { conductor } = await conduct([slow]);
  conductor.inject(await order("pause"));
  const [app1, app2] = await engine.replicas();
  if (!app1 || !app2) throw new Error("no replicas");
  conductor.inject({ ...(await order("slow")), injection: "s#2", target: refOf(app2) });
  await conductor.settle();
  expect(await stateOf()).toBe("paused");
  const undoing = conductor.undoAll();
  try {
    await vi.waitFor(async () => expect(await stateOf()).toBe("running"));
    expect(ledger.open().map(({ id }) => id)).toEqual(["s#2"]);
  } finally {
    end();
  }
  expect(await undoing).toEqual([]);
});

test("an apply that fails half-way is undone at once and told as failed", async () => {
  const halfway = defineKind({
    ...base,
    name: "halfway",
    apply: async ({ lifecycle }, target, _, hold) => {
      await lifecycle.pause(target, hold);
      throw new Error("the other half");
    },
    revert: ({ lifecycle }, target) => lifecycle.unpause(target),
  });
  const { conductor, stages, told } = await conduct([halfway]);
  conductor.inject(await order("halfway"));
  await conductor.settle();
  expect(await stateOf()).toBe("running");
  expect(told).toEqual([{ type: "failed", injection: "s#1" }]);
  expect(stages()).toEqual(["applying", "failed"]);
  expect(ledger.open()).toEqual([]);
});

test("what cannot be undone is told by name, stays in the ledger, and a later heal finishes it", async () => {
  const broken = { yes: true };
  const stubborn = defineKind({
    ...base,
    name: "stubborn",
    apply: async ({ lifecycle }, target, _, hold) => {
      await lifecycle.pause(target, hold);
      return null;
    },
    revert: async ({ lifecycle }, target) => {
      if (broken.yes) throw new Error("not now");
      await lifecycle.unpause(target);
    },
  });
  const { conductor, gaveUp } = await conduct([stubborn]);
  conductor.inject(await order("stubborn"));
  await conductor.settle();
  conductor.revert("s#1");
  await conductor.settle();
  expect(gaveUp).toEqual(["s#1 could not be undone in time: not now"]);
  const failures = await conductor.undoAll();
  expect(failures).toEqual(["s#1 (stubborn of app1) could not be undone: not now"]);
  expect(ledger.open()).toHaveLength(1);
  expect((await heal(engine, ledger, [stubborn])).failed).toEqual([
    "s#1: stubborn of app1: not now",
  ]);
  broken.yes = false;
  expect((await heal(engine, ledger, [stubborn])).undone).toEqual(["s#1: stubborn of app1 undone"]);
  expect(await stateOf()).toBe("running");
  expect(ledger.open()).toEqual([]);
});

test("an engine that stays away leaves the harm in the ledger, and a heal after its return finishes it", async () => {
  const present = engine;
  let away = false;
  const isUp = async (): Promise<boolean> => {
    if (away) throw new AegisError("ENVIRONMENT", "no daemon");
    return present.isUp();
  };
  engine = { ...present, isUp, exists: isUp };
  const { conductor } = await conduct([], new Patience(engine, world.clock, 300));
  conductor.inject(await order("pause"));
  await conductor.settle();
  away = true;
  expect(await conductor.undoAll()).toEqual(["s#1 (pause of app1) could not be undone: no daemon"]);
  expect(ledger.open()).toHaveLength(1);
  away = false;
  expect((await heal(engine, ledger, kinds)).undone).toEqual(["s#1: pause of app1 undone"]);
  expect(await stateOf()).toBe("running");
});

test("on a stack that is down nothing is left to undo", async () => {
  const { conductor } = await conduct();
  conductor.inject(await order("remove"));
  await conductor.settle();
  expect(ledger.open()).toHaveLength(1);
  await engine.down();
  expect(await heal(engine, ledger, kinds)).toEqual({
    undone: ["s#1: remove of app1 is gone with the stack"],
    failed: [],
  });
  expect(ledger.open()).toEqual([]);
});

test("a fault that did nothing is not proven", async () => {
  const idle = defineKind({
    ...base,
    name: "idle",
    apply: async () => null,
    proof: ({ events }) => events.some(({ type }) => type === "paused"),
  });
  const { conductor, stages } = await conduct([idle]);
  conductor.inject(await order("idle"));
  await conductor.settle();
  conductor.revert("s#1");
  await conductor.undoAll();
  expect(stages()).toContain("unproven");
  expect(stages()).not.toContain("proven");
});

test("an action that ends no life has recovered as soon as it is over", async () => {
  const glance = defineKind({
    ...base,
    name: "glance",
    role: "action",
    held: false,
    apply: async () => null,
  });
  const { conductor, stages } = await conduct([glance]);
  await vi.waitFor(async () => expect(await stateOf()).toBe("running"));
  conductor.inject(await order("glance"));
  await conductor.settle();
  await vi.waitFor(() => expect(stages()).toContain("recovered"));
});
