import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LedgerEntry, openLedger, readLedger } from "./ledger.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "aegis-ledger-"));
  path = join(directory, "ledger.ndjson");
});
afterEach(() => rmSync(directory, { recursive: true }));

function entry(id: string, run = "r1"): LedgerEntry {
  const target = { key: "app1", service: "app", name: "app1", instance: "42" };
  return {
    id,
    run,
    step: id.split("#")[0] as string,
    kind: "pause",
    target,
    params: { text: "ü" },
    before: { state: "running" },
    irreversible: false,
  };
}
const idsOf = (open: readonly { readonly id: string }[]): string[] => open.map(({ id }) => id);
const lines = (): string[] => readFileSync(path, "utf8").split("\n").slice(0, -1);

describe("harm", () => {
  test("is on disk, whole, when prepare returns", () => {
    openLedger(directory).prepare(entry("freeze#1"));
    expect(readLedger(directory)).toEqual({
      open: [{ ...entry("freeze#1"), stage: "prepared", attempts: 0, error: null }],
      damage: [],
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("of a dead run is found by the next one, the newest first", () => {
    const dead = openLedger(directory);
    for (const id of ["a#1", "b#1", "c#1"]) dead.prepare(entry(id));
    dead.applied(entry("a#1"));
    dead.reverted(entry("b#1"));
    const open = openLedger(directory).open();
    expect(idsOf(open)).toEqual(["c#1", "a#1"]);
    expect(open.map(({ stage }) => stage)).toEqual(["prepared", "applied"]);
  });

  test("that is written ahead in one go is all there, or nothing of it when that line was torn", () => {
    const ledger = openLedger(directory);
    ledger.prepareTogether([]);
    expect(lines()).toEqual([]);
    ledger.prepare(entry("z#1", "r0"));
    const all = ["a#1", "b#1", "c#1"].map((id) => entry(id));
    ledger.prepareTogether(all);
    ledger.applied(entry("b#1"));
    expect(readLedger(directory).open).toEqual(ledger.open());
    const [newest, ...others] = readLedger(directory).open;
    expect(newest).toEqual({ ...all[2], stage: "prepared", attempts: 0, error: null });
    expect(idsOf(others)).toEqual(["b#1", "a#1", "z#1"]);
    const [first, second] = lines();
    writeFileSync(path, `${first}\n${second?.slice(0, -1)}`);
    expect(idsOf(readLedger(directory).open)).toEqual(["z#1"]);
  });

  test("that is changed for good in one go is all gone, or all there when that line was torn", () => {
    const ledger = openLedger(directory);
    for (const id of ["a#1", "b#1", "c#1", "d#1"]) ledger.prepare(entry(id));
    ledger.prepare(entry("b#1", "r2"));
    ledger.revertedTogether(["a#1", "b#1", "d#1"].map((id) => entry(id)));
    expect(readLedger(directory).open.map(({ run, id }) => `${run} ${id}`)).toEqual([
      "r2 b#1",
      "r1 c#1",
    ]);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 1));
    expect(readLedger(directory).open).toHaveLength(5);
  });

  test("that is undone leaves an empty file, and the ledger goes on from there", () => {
    const ledger = openLedger(directory);
    for (const id of ["a#1", "b#1"]) ledger.prepare(entry(id));
    ledger.reverted(entry("b#1"));
    expect(lines()).toHaveLength(3);
    ledger.reverted(entry("a#1"));
    expect(statSync(path).size).toBe(0);
    ledger.prepare(entry("c#1"));
    expect(idsOf(readLedger(directory).open)).toEqual(["c#1"]);
    ledger.close();
  });

  test("whose undoing failed stays, with its error and the number of attempts", () => {
    const ledger = openLedger(directory);
    ledger.prepare(entry("a#1"));
    ledger.revertFailed(entry("a#1"), "no answer");
    ledger.revertFailed(entry("a#1"), "still no answer");
    expect(openLedger(directory).open()).toMatchObject([{ attempts: 2, error: "still no answer" }]);
    ledger.reverted(entry("a#1"));
    expect(readLedger(directory).open).toEqual([]);
  });

  test("of two runs is told apart though the injections have one name", () => {
    const ledger = openLedger(directory);
    ledger.prepare(entry("a#1", "r1"));
    ledger.prepare(entry("a#1", "r2"));
    ledger.reverted({ run: "r2", id: "a#1" });
    expect(openLedger(directory).open()).toMatchObject([{ run: "r1" }]);
  });
});

describe("a ledger that was cut short", () => {
  test("at any byte of its last line keeps what was acknowledged before", () => {
    const ledger = openLedger(directory);
    ledger.prepare(entry("a#1"));
    const acknowledged = statSync(path).size;
    ledger.prepare(entry("b#1"));
    const whole = readFileSync(path);
    for (let size = acknowledged; size < whole.length; size++) {
      writeFileSync(path, whole.subarray(0, size));
      const next = openLedger(directory);
      expect(idsOf(next.open())).toEqual(["a#1"]);
      expect(next.damage).toEqual([]);
      next.prepare(entry("c#1"));
      next.close();
      expect(idsOf(readLedger(directory).open)).toEqual(["c#1", "a#1"]);
    }
  });

  test("in the middle says which line is lost and undoes the others", () => {
    const ledger = openLedger(directory);
    for (const id of ["a#1", "b#1", "c#1"]) ledger.prepare(entry(id));
    const [first, , third] = lines();
    writeFileSync(path, `${first}\n\0\0\uFFFD{"op":"prep\n${third}\n`);
    const damaged = openLedger(directory);
    expect(idsOf(damaged.open())).toEqual(["c#1", "a#1"]);
    expect(damaged.damage).toEqual([expect.stringContaining("line 2 is damaged")]);
  });

  test.each(["null", "7", '{"op":"prepared"}', '{"op":"toString","run":"r","id":"a#1"}', "[]"])(
    "to %s in a line is damage, not a crash",
    (line) => {
      appendFileSync(path, `${line}\n`);
      expect(openLedger(directory).damage).toHaveLength(1);
      expect(readLedger(directory).open).toEqual([]);
    },
  );
});

test("nothing is open where no ledger is, and looking makes none", () => {
  expect(readLedger(directory)).toEqual({ open: [], damage: [] });
  expect(() => statSync(path)).toThrow("ENOENT");
});

test("a ledger that cannot be opened refuses harm, with what to do", () => {
  expect(() => openLedger(join(directory, "nowhere"))).toThrow(
    expect.objectContaining({ code: "ENVIRONMENT", hint: expect.stringContaining("AEGIS_HOME") }),
  );
});

test("what cannot be written after an apply is remembered, not thrown", () => {
  const ledger = openLedger(directory);
  ledger.prepare(entry("a#1"));
  ledger.close();
  expect(ledger.failure).toBeNull();
  ledger.close();
  ledger.applied(entry("a#1"));
  expect(ledger.failure).toMatchObject({ message: expect.stringContaining("closed") });
  expect(ledger.open()).toMatchObject([{ stage: "applied" }]);
});
