import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createHost } from "../cli/host.ts";
import { serverSpec } from "../engines/contract/stack.ts";
import { createDryEngine } from "../engines/dry/index.ts";
import type { Engine } from "../engines/engine.ts";
import { kinds } from "../faults/index.ts";
import { AegisError } from "../kit/errors.ts";
import type { StepKind } from "../model/kind.ts";
import { type Ledger, openLedger } from "../state/ledger.ts";
import { heal } from "./heal.ts";

const { world } = createHost();
let directory: string;
let engine: Engine;
let ledger: Ledger;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "aegis-heal-"));
  const stack = {
    project: "p",
    file: null,
    directory,
    profiles: [],
    replicas: [serverSpec("app1"), serverSpec("app2")],
  };
  engine = await createDryEngine({ stack, world, stateDirectory: directory });
  await engine.up({ timeoutMs: 100, onProgress: () => {} });
  ledger = openLedger(directory);
});

afterEach(() => {
  ledger.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The engine as it is while undoing fails, and does something else before it does. */
function failing(meanwhile: () => Promise<void>): Engine {
  const { lifecycle } = engine.powers;
  const unpause = async (): Promise<void> => {
    await meanwhile();
    throw new AegisError("ENVIRONMENT", "the supervisor of project p is gone");
  };
  return { ...engine, powers: { ...engine.powers, lifecycle: { ...lifecycle, unpause } } };
}

async function prepare(kind: string, replica = "app1"): Promise<void> {
  const replicas = await engine.replicas();
  const found = replicas.find((one) => one.name === replica);
  const { key = "", service = "", name = "", instance = null } = found ?? {};
  const target = { key, service, name, instance };
  const before = { state: "running" };
  ledger.prepare({
    id: replica === "app1" ? "s#1" : `s#1/${replica}`,
    step: "s",
    kind,
    target,
    params: {},
    before,
    run: "r1",
    irreversible: false,
  });
}

test("harm whose undoing fails because the stack goes down meanwhile is gone with the stack", async () => {
  await prepare("pause");
  expect(
    await heal(
      failing(() => engine.down()),
      ledger,
      kinds,
    ),
  ).toEqual({
    undone: ["s#1: pause of app1 is gone with the stack"],
    failed: [],
  });
  expect(ledger.open()).toEqual([]);
});

test("harm whose undoing fails while the stack stays up stays open", async () => {
  await prepare("pause");
  expect(
    await heal(
      failing(async () => {}),
      ledger,
      kinds,
    ),
  ).toEqual({
    undone: [],
    failed: ["s#1: pause of app1: the supervisor of project p is gone"],
  });
  expect(ledger.open()).toHaveLength(1);
});

/** Undoing takes until `end`; keeps what it is about, in order. */
function slowKind(staged: boolean) {
  let end = (): void => {};
  const gate = new Promise<void>((resolve) => {
    end = resolve;
  });
  const begun: string[] = [];
  const revert: StepKind["revert"] = async (_powers, { name }) => {
    begun.push(name);
    await gate;
  };
  const kind = { ...(kinds[0] as StepKind), name: "slow", staged, revert };
  return { kind, begun, end: () => end() };
}

test("harm that takes long to undo leaves no other replica harmed for as long", async () => {
  const slow = slowKind(false);
  await prepare("pause");
  await prepare("slow", "app2");
  const healing = heal(engine, ledger, [...kinds, slow.kind]);
  try {
    await vi.waitFor(() => expect(ledger.open().map(({ id }) => id)).toEqual(["s#1/app2"]));
  } finally {
    slow.end();
  }
  expect((await healing).undone).toHaveLength(2);
});

test("what one with stages has left is taken back one replica after the other, the last first", async () => {
  const slow = slowKind(true);
  await prepare("slow");
  await prepare("slow", "app2");
  const healing = heal(engine, ledger, [slow.kind]);
  await vi.waitFor(() => expect(slow.begun).toHaveLength(1));
  await new Promise(setImmediate);
  expect(slow.begun).toEqual(["app2"]);
  slow.end();
  await healing;
  expect(slow.begun).toEqual(["app2", "app1"]);
});

test("harm of a kind that nobody knows stays open, even with the stack gone", async () => {
  await prepare("of tomorrow");
  await engine.down();
  expect((await heal(engine, ledger, kinds)).failed).toHaveLength(1);
  expect(ledger.open()).toHaveLength(1);
});
