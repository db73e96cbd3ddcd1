import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHost } from "../cli/host.ts";
import { readJournal } from "./journal.ts";
import { readLedger } from "./ledger.ts";

const { world } = createHost();
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "aegis-full-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs a module text in a process whose files may not grow beyond `kib`: what a full disk does to one file, without being root. */
function limited(kib: number, module: string): unknown {
  const script = `ulimit -f ${kib * 2}; exec "$0" --input-type=module -e "$1"`;
  const state = `const state = "${world.packageRoot}/dist/src/state/", directory = "${directory}";`;
  // POSIX sh counts blocks of 512 bytes.
  return JSON.parse(
    execFileSync("sh", ["-c", script, world.execPath, state + module], { encoding: "utf8" }),
  );
}

test("a journal that meets the end of the disk says so once it is closed, and what is there can be read", async () => {
  const told = limited(
    64,
    `const { createJournal } = await import(state + "journal.js");
    const journal = createJournal(directory + "/journal.ndjson", { journal: 1, run: "r1" });
    let heard = 0;
    journal.subscribe(() => void (heard += 1), 100000);
    for (let t = 0; t < 5000; t++) {
      journal.write({ type: "note", t, step: null, stage: "stack", facts: "x".repeat(50) });
      if (t % 100 === 0) await new Promise(setImmediate);
    }
    await journal.close();
    journal.write({ type: "note", t: 9999, step: null, stage: "stack", facts: null });
    await new Promise(setImmediate);
    console.log(JSON.stringify({ code: journal.failure?.code, heard }));`,
  );
  expect(told).toEqual({ code: "EFBIG", heard: 5001 });
  const { header, records, skipped } = await readJournal(join(directory, "journal.ndjson"));
  expect(header.run).toBe("r1");
  expect(records.length).toBeGreaterThan(100);
  expect(records.map(({ t }) => t)).toEqual(records.map((_, index) => index));
  expect(skipped).toBe(0);
});

test("a ledger that meets the end of the disk refuses the harm, keeps what it holds, and can be emptied", () => {
  const told = limited(
    4,
    `const { openLedger } = await import(state + "ledger.js");
    const ledger = openLedger(directory);
    const entry = (id) => ({ id, run: "r", step: "s", kind: "pause", target: null,
      params: "x".repeat(200), before: null, irreversible: false });
    const prepared = [];
    let refused = null;
    while (refused === null) {
      try {
        ledger.prepare(entry("s#" + prepared.length));
        prepared.push("s#" + prepared.length);
      } catch (error) {
        refused = error.code;
      }
    }
    for (const id of prepared) ledger.revertFailed({ run: "r", id }, "x".repeat(200));
    const failed = ledger.failure?.code;
    const { readLedger } = await import(state + "ledger.js");
    const onDisk = readLedger(directory);
    for (const id of prepared) ledger.reverted({ run: "r", id });
    console.log(JSON.stringify({ refused, failed, kept: onDisk.open.length - prepared.length, damage: onDisk.damage, left: ledger.open().length }));`,
  );
  expect(told).toEqual({ refused: "ENVIRONMENT", failed: "EFBIG", kept: 0, damage: [], left: 0 });
  expect(statSync(join(directory, "ledger.ndjson")).size).toBe(0);
  expect(readLedger(directory).open).toEqual([]);
});
