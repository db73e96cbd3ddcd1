import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHost } from "../cli/host.ts";
import { serverSpec } from "../engines/contract/stack.ts";
import { createDryEngine } from "../engines/dry/index.ts";
import type { Engine } from "../engines/engine.ts";
import { kinds } from "../faults/index.ts";
import { AegisError } from "../kit/errors.ts";
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
    replicas: [serverSpec("app1")],
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

async function prepare(kind: string): Promise<void> {
  const [app1] = await engine.replicas();
  const { key = "", service = "", name = "", instance = null } = app1 ?? {};
  const target = { key, service, name, instance };
  const before = { state: "running" };
  ledger.prepare({
    id: "s#1",
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

test("harm of a kind that nobody knows stays open, even with the stack gone", async () => {
  await prepare("of tomorrow");
  await engine.down();
  expect((await heal(engine, ledger, kinds)).failed).toHaveLength(1);
  expect(ledger.open()).toHaveLength(1);
});
