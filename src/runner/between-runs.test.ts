import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { createHost } from "../cli/host.ts";
import { createDryEngine } from "../engines/dry/index.ts";
import type { Engine } from "../engines/engine.ts";
import { AegisError } from "../kit/errors.ts";
import type { Clock } from "../kit/world.ts";
import { defineKind } from "../model/kind.ts";
import { STACK } from "../scenario/testing.ts";
import { type Ledger, type LedgerEntry, openLedger, readLedger } from "../state/ledger.ts";
import { putBackChanges } from "./between-runs.ts";
import { heal } from "./heal.ts";

const { world } = createHost();
let directory: string;
let engine: Engine;
let ledger: Ledger;
let changes: readonly LedgerEntry[];
let interrupt: AbortController;
let us: number;
let said: string[];
/** What was put back, in order. */
let back: string[];
/** Done before a replica is put back. */
let meanwhile: (name: string) => void;

/** A change of one replica; to put it back takes a second. */
const swap = defineKind({
  name: "swap",
  summary: "",
  needs: ["lifecycle"] as const,
  staged: true,
  held: false,
  params: z.strictObject({}),
  example: {},
  prepare: async () => null,
  apply: async () => null,
  revert: async (_powers, { name }) => {
    meanwhile(name);
    us += 1_000_000;
    back.push(name);
  },
  proof: () => true,
});

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "aegis-between-"));
  engine = await createDryEngine({ stack: STACK, world, stateDirectory: directory });
  await engine.up({ timeoutMs: 100, onProgress: () => {} });
  ledger = openLedger(directory);
  changes = (await engine.replicas("app")).map(({ key, service, name, instance }) => ({
    id: `update#1/${name}`,
    run: "r1",
    step: "update",
    kind: "swap",
    target: { key, service, name, instance },
    params: {},
    before: "v1",
    irreversible: false,
  }));
  interrupt = new AbortController();
  us = 0;
  said = [];
  back = [];
  meanwhile = () => {};
});

afterEach(() => {
  ledger.close();
  rmSync(directory, { recursive: true, force: true });
});

/** `slow`: to put one back takes a minute. */
function putBack({ endsDown = false, slow = false } = {}): Promise<void> {
  const clock: Clock = { ...world.clock, now: () => (slow ? us * 60 : us) };
  const onProgress = (line: string): void => void said.push(line);
  const options = { kinds: [swap], clock, interrupt: interrupt.signal, onProgress };
  return putBackChanges({ engine, ledger, endsDown }, changes, options);
}

/** As a fresh process would find it. */
const onDisk = (): string[] => readLedger(directory).open.map(({ target }) => `${target?.name}`);
const healed = async (): Promise<string[]> => {
  meanwhile = () => {};
  expect((await heal(engine, ledger, [swap])).failed).toEqual([]);
  expect(onDisk()).toEqual([]);
  return back;
};

test("all of it is written ahead before the first is touched, and struck one by one, the last one first", async () => {
  const seen: string[] = [];
  meanwhile = (name) => seen.push(`${name}: ${onDisk().join(" ")}`);
  await putBack();
  expect(seen).toEqual(["app3: app3 app2 app1", "app2: app2 app1", "app1: app1"]);
  expect(said).toEqual(["putting back what the last run has changed: app1, app2, app3"]);
  expect(onDisk()).toEqual([]);
});

test("at the first that cannot be put back it ends, as harm left that heal can try again", async () => {
  meanwhile = (name) => {
    if (name === "app2") throw new Error("app2 is not ready after 60 s");
  };
  await expect(putBack()).rejects.toMatchObject({
    code: "HARM_LEFT",
    message: expect.stringContaining("update#1/app2: swap of app2: app2 is not ready after 60 s"),
    hint: expect.stringContaining("aegis heal"),
  });
  expect(back).toEqual(["app3"]);
  expect(ledger.open()).toMatchObject([
    { target: { name: "app2" }, error: "app2 is not ready after 60 s" },
    { target: { name: "app1" }, error: null },
  ]);
  expect(await healed()).toEqual(["app3", "app2", "app1"]);
});

test("what the environment refuses is harm left, and no mere refusal", async () => {
  meanwhile = () => {
    throw new AegisError("ENVIRONMENT", "app3 is the only one that is ready");
  };
  await expect(putBack()).rejects.toMatchObject({ code: "HARM_LEFT" });
  expect(onDisk()).toEqual(["app3", "app2", "app1"]);
});

test("interrupted on the way it is finished where that is quick", async () => {
  meanwhile = (name) => name === "app3" && interrupt.abort("SIGINT");
  await putBack();
  expect(back).toEqual(["app3", "app2", "app1"]);
  expect(onDisk()).toEqual([]);
});

test("interrupted on the way it stops after the one that it is at where that takes long: what is left is said", async () => {
  meanwhile = (name) => name === "app3" && interrupt.abort("SIGINT");
  await expect(putBack({ slow: true })).rejects.toMatchObject({
    code: "HARM_LEFT",
    message:
      "interrupted by SIGINT before all that the last run has changed was put back; left is: update#1/app2 (swap of app2), update#1/app1 (swap of app1)",
    hint: "Put it back with: aegis heal",
  });
  expect(back).toEqual(["app3"]);
  expect(onDisk()).toEqual(["app2", "app1"]);
  expect(await healed()).toEqual(["app3", "app2", "app1"]);
});

test("interrupted on the way nothing is left of it where the stack goes down anyway", async () => {
  meanwhile = (name) => name === "app3" && interrupt.abort("SIGINT");
  await putBack({ slow: true, endsDown: true });
  expect(back).toEqual(["app3"]);
  expect(onDisk()).toEqual([]);
});

test("interrupted before the first is touched, all of it stays as the run has left it", async () => {
  const { exists } = engine;
  engine = {
    ...engine,
    exists: () => {
      interrupt.abort("SIGINT");
      return exists();
    },
  };
  await putBack();
  expect(back).toEqual([]);
  expect(onDisk()).toEqual([]);
  await putBack();
  expect(back).toEqual([]);
});

test("with an engine that does not answer, or a ledger that cannot be written, nothing is touched", async () => {
  const away = new AegisError("ENVIRONMENT", "no daemon");
  engine = { ...engine, exists: () => Promise.reject(away) };
  await expect(putBack()).rejects.toBe(away);
  expect(onDisk()).toEqual([]);
  ledger.close();
  await expect(putBack()).rejects.toMatchObject({ code: "ENVIRONMENT" });
  expect(back).toEqual([]);
});
