import { basename } from "node:path";
import { expect, test, vi } from "vitest";
import { visit } from "./aegis.ts";
import { expectPromises, filesIn } from "./played-scenarios.ts";
import { nothing, residue } from "./residue.ts";
import { boundOf, expectOldLeft, type RolloutReport } from "./rollout-report.ts";

vi.setConfig({ testTimeout: 500_000 });

test("five bad releases are taken back, of each the good twin completes and every old replica leaves by itself, and behind nginx as it comes an update is a disaster", async (context) => {
  const files = filesIn("fixtures/releases/scenarios");
  expect(files.length).toBeGreaterThanOrEqual(12);
  const person = visit(context);
  const reports = (await expectPromises(person, files)) as readonly RolloutReport[];
  expect(await residue(nothing(person), 1)).toBe("");
  const named = new Map(reports.map((report) => [basename(report.file), report]));
  expect([...named.keys()].filter((name) => name.startsWith("bad-"))).toHaveLength(5);
  for (const [name, report] of named) {
    const left = expectOldLeft(report);
    const { failed, bound, text } = boundOf(report);
    if (!name.startsWith("good-")) process.stdout.write(`${name}: ${text}\n`);
    if (name.startsWith("bad-")) expect(failed, text).toBeLessThanOrEqual(bound);
    else expect(left, name).toBeGreaterThan(0);
    if (name === "defaults.yaml") expect(failed, text).toBeGreaterThan(Math.max(100, bound));
  }
});
