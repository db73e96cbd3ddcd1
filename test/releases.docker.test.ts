import { basename } from "node:path";
import { expect, test, vi } from "vitest";
import { visit } from "./aegis.ts";
import { projectName, projectResidue, removeProject } from "./lab/docker.ts";
import { expectPromises, filesIn } from "./played-scenarios.ts";
import { boundOf, expectOldLeft, type RolloutReport } from "./rollout-report.ts";

vi.setConfig({ testTimeout: 600_000 });

test("in containers too bad releases are taken back, their good twins complete, and every old replica leaves by itself", async (context) => {
  const files = filesIn("fixtures/releases/scenarios");
  const project = projectName("releases");
  context.onTestFinished(() => removeProject(project));
  const flags = ["--engine", "docker", "--project", project];
  const reports = (await expectPromises(visit(context), files, flags)) as readonly RolloutReport[];
  expect(reports).toHaveLength(files.length);
  for (const report of reports) {
    // In place even a bad release has an old one leave first.
    expect(expectOldLeft(report), report.summary).toBeGreaterThan(0);
    const { failed, bound, text } = boundOf(report);
    const name = basename(report.file);
    process.stdout.write(`${name}: ${text}\n`);
    if (name.startsWith("bad-")) expect(failed, text).toBeLessThanOrEqual(bound);
    if (name === "defaults.yaml") expect(failed, text).toBeGreaterThan(Math.max(200, bound));
  }
  expect(await projectResidue(project)).toEqual([]);
});
