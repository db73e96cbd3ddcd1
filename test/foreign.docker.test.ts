import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { ROOT, visit } from "./aegis.ts";
import { projectName, projectResidue, removeImages, removeProject } from "./lab/docker.ts";

// Side by side: they mostly wait.
vi.setConfig({ testTimeout: 300_000, maxConcurrency: 2 });

const FOLDER = join(ROOT, "fixtures", "foreign");

/** What is wrong with each broken project, in the words of its report. */
const REASONS: Readonly<Record<string, readonly RegExp[]>> = {
  shop: [/main\.failed == 0/, /timeout/],
  visits: [/main\.failed after blink \+ 3s == 0/, /status/],
  forum: [/recovery of every step <= 4s/, /blue/, /green/],
};

const projects: string[] = [];

// Only now: twins are built from the same sources, side by side.
afterAll(async () => {
  for (const project of projects) await removeImages(project);
});

test("there is a mended twin of each broken project", () => {
  const broken = Object.keys(REASONS);
  const all = broken.flatMap((name) => [name, `${name}-mended`]).sort();
  expect(readdirSync(FOLDER).sort()).toEqual(all);
});

test.concurrent.for(readdirSync(FOLDER))(
  "%s, unedited, ends as it says and for the right reason",
  async (name, context) => {
    const scenario = join(FOLDER, name, "scenario.yaml");
    const promised = Number(
      /^# expect: exit (\d+)\n/.exec(readFileSync(scenario, "utf8"))?.[1] ?? 0,
    );
    const project = projectName(name);
    projects.push(project);
    context.onTestFinished(() => removeProject(project));
    const ports = { SHOP_PORT: "0", VISITS_PORT: "0", FORUM_PORT: "0" };
    const person = visit(context, { env: ports });
    const ended = await person.run("chaos", "run", scenario, "--project", project);
    const said = `${ended.stdout}\n${ended.stderr}`;
    expect(ended.code, said).toBe(promised);
    for (const reason of promised === 1 ? (REASONS[name] ?? []) : []) expect(said).toMatch(reason);
    expect(await projectResidue(project)).toEqual([]);
  },
);
