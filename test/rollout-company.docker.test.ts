import { expect, test, vi } from "vitest";
import { visit } from "./aegis.ts";
import { projectName, projectResidue, removeProject } from "./lab/docker.ts";
import { expectPromises } from "./played-scenarios.ts";
import { expectOldLeft, type RolloutReport } from "./rollout-report.ts";
import { inCompany, rolloutStep } from "./rollout-stack.ts";

vi.setConfig({ testTimeout: 180_000 });

const HOLDS = ["outcome of update == completed", "recovery of every step <= 20s"];
/** Beside the one that is moved the monkey harms another one: it leaves the third alone by itself. */
const WITH_MONKEY = `${inCompany(
  [rolloutStep("gate: ready, min-in-service: 2s", "replica: app1")],
  [...HOLDS, "app1.version == v2", "app.ready >= 1 throughout"],
)}monkey: { service: app, kinds: [crash], every: 2s, jitter: 500ms, for: 5s, only: ready }
`;
const WITH_CRASH = inCompany(
  [
    rolloutStep("gate: ready, min-in-service: 500ms"),
    "{ id: hit, do: crash, target: { replica: app3 }, at: 1s }",
  ],
  // In place: while it crashes another one may be away.
  [...HOLDS, "app.version == v2", "app.ready >= 1 throughout", "main.failed == 0"],
);

test("in containers, too, a rollout completes beside a monkey, and waits for a replica that crashes", async (context) => {
  const project = projectName("company");
  context.onTestFinished(() => removeProject(project));
  const person = visit(context);
  // One stack for both: what is rolled out last need not be put back.
  const files = [
    { path: person.write("monkey.yaml", WITH_MONKEY), exit: 0 },
    { path: person.write("crash.yaml", WITH_CRASH), exit: 0 },
  ];
  const flags = ["--engine", "docker", "--project", project];
  const reports = (await expectPromises(person, files, flags)) as readonly RolloutReport[];
  const injections = reports.map(({ steps }) =>
    steps
      .flatMap(({ id, injections: of }) => (id === "update" ? [] : of))
      .map(({ target }) => target?.name),
  );
  expect(injections[0]?.length).toBeGreaterThanOrEqual(2);
  expect(injections[1]).toEqual(["app3"]);
  expect(reports.map(expectOldLeft)).toEqual([1, 3]);
  expect(await projectResidue(project)).toEqual([]);
});
