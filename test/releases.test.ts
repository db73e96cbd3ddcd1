import { basename } from "node:path";
import { expect, test, vi } from "vitest";
import { visit } from "./aegis.ts";
import { expectPromises, filesIn } from "./played-scenarios.ts";
import { nothing, residue } from "./residue.ts";
import { boundOf, type RolloutReport } from "./rollout-bound.ts";

vi.setConfig({ testTimeout: 500_000 });

test("five bad releases are taken back, of each the good twin completes, and behind nginx as it comes an update is a disaster", async (context) => {
  const files = filesIn("fixtures/releases/scenarios");
  expect(files.length).toBeGreaterThanOrEqual(12);
  const person = visit(context);
  const reports = (await expectPromises(person, files)) as readonly RolloutReport[];
  expect(await residue(nothing(person), 1)).toBe("");
  const bad = reports.filter(({ file }) => basename(file).startsWith("bad-"));
  expect(bad).toHaveLength(5);
  for (const report of bad) {
    const { failed, bound, text } = boundOf(report);
    process.stdout.write(`${basename(report.file)}: ${text}\n`);
    expect(failed, text).toBeLessThanOrEqual(bound);
  }
  const defaults = reports.find(({ file }) => basename(file) === "defaults.yaml");
  expect(defaults && boundOf(defaults).failed).toBeGreaterThan(100);
});
