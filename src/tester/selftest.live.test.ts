import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { nowUs } from "./clock.ts";
import { MUTANTS, type Mutant } from "./messages.ts";
import { runSelftest } from "./selftest.ts";

const dist = join(import.meta.dirname, "..", "..", "dist");
const world = {
  execPath: process.execPath,
  clock: { now: nowUs, wall: () => new Date(), sleep: (ms: number) => sleep(ms) },
};

function selftest(mutant: Mutant | null) {
  return runSelftest({
    dist,
    world,
    mutant,
    tries: mutant === null ? 3 : 1,
    onProgress: () => undefined,
  });
}

test("an honest tester agrees with the server's own log", async () => {
  const { ok, checks } = await selftest(null);
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
