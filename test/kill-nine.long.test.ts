import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { expectAllWell } from "./deaths.ts";
import { course } from "./kill-nine.ts";
import { killAll, moments, shuffled } from "./kill-nine-moments.ts";

test("killed -9 at any of 200 moments, one at every kind of line, everything is as before", async () => {
  const seed = process.env["E2E_SEED"] ?? randomBytes(4).toString("hex");
  process.stdout.write(`kill -9: E2E_SEED=${seed}\n`);
  const run = await course();
  const before = run.lines
    .filter(({ kind }) => kind.startsWith("ledger"))
    .map((moment) => ({ ...moment, kind: `before ${moment.kind}` }));
  const first = shuffled(seed, [...run.lines, ...before]);
  expect(first.length).toBeLessThan(150);
  const deaths = await killAll(moments(seed, run, first, 200), 3);
  const open = deaths.filter(({ harmOpen }) => harmOpen).length;
  process.stdout.write(`kill -9: ${deaths.length} deaths, ${open} of them with open harm\n`);
  expectAllWell(deaths);
  expect(open).toBeGreaterThanOrEqual(60);
});
