import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { expectAllWell } from "./deaths.ts";
import { course, killAt } from "./kill-nine.ts";
import { killAll, moments, shuffled } from "./kill-nine-moments.ts";

test("killed -9 at any of 20 moments, everything is as before: by itself in time, or at once by heal", async () => {
  const seed = process.env["E2E_SEED"] ?? randomBytes(4).toString("hex");
  process.stdout.write(`kill -9: E2E_SEED=${seed}\n`);
  const run = await course();
  const list = moments(seed, run, shuffled(seed, run.lines).slice(0, 10), 20);
  const deaths = await killAll(list, 1);
  expectAllWell(deaths);
  expect(deaths.filter(({ harmOpen }) => harmOpen).length).toBeGreaterThan(0);
}, 900_000);

test.each([false, true])(
  "killed -9 right after an exec has harmed, what it has done is undone (by heal at once: %s)",
  async (heal) => {
    const kind = "journal injection exec applied";
    const death = await killAt({ at: "line", kind, scenario: "harm" }, { up: true, heal });
    expectAllWell([death]);
    expect(death.harmOpen).toBe(true);
  },
  120_000,
);
