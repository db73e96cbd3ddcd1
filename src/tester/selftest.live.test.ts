import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { nowUs } from "./clock.ts";
import { MUTANTS, type Mutant } from "./messages.ts";
import { runSelftest, type SelftestReport } from "./selftest.ts";

const root = join(import.meta.dirname, "..", "..");
const dist = join(root, "dist");
const world = {
  execPath: process.execPath,
  clock: { now: nowUs, wall: () => new Date(), sleep: (ms: number) => sleep(ms) },
};

const selftest = (mutant: Mutant) =>
  runSelftest({ dist, world, mutant, tries: 1, onProgress: () => undefined });

test("an honest tester agrees with the server's own log, and `aegis selftest` says so with exit 0", async () => {
  const command = [join(root, "bin", "aegis.js"), "selftest", "--json"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command);
  const { ok, checks } = JSON.parse(stdout) as SelftestReport;
  expect(stderr).toContain("freezing a server");
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  expect(checks.length).toBeGreaterThanOrEqual(15);
  expect(ok).toBe(true);
});

test.each(MUTANTS)("a tester with the mutation %s is caught", async (mutant) => {
  const { ok, checks } = await selftest(mutant);
  expect(ok).toBe(false);
  expect(checks.filter((check) => !check.ok).map(({ name }) => name)).toContain(TELLTALE[mutant]);
});

/** The check that must notice each mutation, whatever else does. */
const TELLTALE: Record<Mutant, string> = {
  "send-clock": "freeze: p80 of all requests",
  "skip-arrivals": "freeze: requests sent, against the schedule",
  "drop-failures": "kill: failures",
};
