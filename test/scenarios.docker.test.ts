import { expect, onTestFinished, test, vi } from "vitest";
import { visit } from "./aegis.ts";
import { projectName, projectResidue, removeProject } from "./lab/docker.ts";
import { expectPromises, filesIn } from "./played-scenarios.ts";
import { expectRollingUpdate } from "./rollout-report.ts";

vi.setConfig({ testTimeout: 600_000 });

test("every bundled scenario holds in containers too, one after the other on one stack", async (context) => {
  const files = filesIn("scenarios");
  expect(files.length).toBeGreaterThanOrEqual(8);
  const project = projectName("scenarios");
  onTestFinished(() => removeProject(project));
  const flags = ["--engine", "docker", "--project", project];
  const reports = await expectPromises(visit(context), files, flags);
  // In place: one of three is away.
  expectRollingUpdate(reports, 2);
  expect(await projectResidue(project)).toEqual([]);
});
