import { expect, test, vi } from "vitest";
import { visit } from "./aegis.ts";
import { expectPromises, filesIn } from "./played-scenarios.ts";
import { nothing, residue } from "./residue.ts";
import { expectRollingUpdate } from "./rollout-report.ts";

vi.setConfig({ testTimeout: 500_000 });

// Side by side, each on a stack of its own: they mostly wait.
test.concurrent.for([
  { folder: "scenarios", least: 8 },
  { folder: "fixtures/scenarios", least: 6 },
])(
  "every scenario in $folder ends as it says, one after the other on one stack",
  async ({ folder, least }, context) => {
    const files = filesIn(folder);
    expect(files.length).toBeGreaterThanOrEqual(least);
    const person = visit(context);
    const reports = await expectPromises(person, files);
    // By a surge: the new one serves before the old one leaves.
    if (folder === "scenarios") expectRollingUpdate(reports, 3);
    expect(await residue(nothing(person), 1)).toBe("");
  },
);
