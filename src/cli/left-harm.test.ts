import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLedger } from "../state/ledger.ts";
import { acquireLock } from "../state/lock.ts";
import { createHost } from "./host.ts";
import { leftHarm } from "./left-harm.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "aegis-left-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const HARM = { run: "r1", id: "freeze#1" };

function harm(): void {
  const ledger = openLedger(directory);
  const target = { key: "demo/app1", service: "app", name: "app1", instance: "42" };
  ledger.prepare({
    ...HARM,
    ...{ step: "freeze", kind: "pause", target },
    ...{ params: {}, before: null, irreversible: false },
  });
  ledger.close();
}

test("harm of a dead owner is told, with who it was and what undoes it", () => {
  const identity = { pid: process.pid, start: "1", boot: "an earlier boot" };
  const holder = { identity, command: "aegis chaos run", since: "2025-06-01T10:20:30.000Z" };
  writeFileSync(join(directory, "lock.1"), JSON.stringify(holder));
  harm();
  expect(leftHarm(directory, "demo")).toBe(
    "warning: `aegis chaos run` died and has left harm in demo: freeze#1 (pause of app1). Undo it with: aegis heal",
  );
});

test("also where nobody holds the project any more", () => {
  harm();
  expect(leftHarm(directory, "demo")).toContain("A dead run has left harm in demo: freeze#1");
});

test("not while its owner is alive, nor when it has been undone", async () => {
  expect(leftHarm(directory, "demo")).toBeNull();
  harm();
  const lock = await acquireLock(directory, createHost().world, "aegis chaos run");
  expect(leftHarm(directory, "demo")).toBeNull();
  lock.release();
  expect(leftHarm(directory, "demo")).not.toBeNull();
  openLedger(directory).reverted(HARM);
  expect(leftHarm(directory, "demo")).toBeNull();
});
