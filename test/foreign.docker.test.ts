import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { ROOT, visit } from "./aegis.ts";
import { projectName, projectResidue, removeImages, removeProject } from "./lab/docker.ts";

// Side by side: they mostly wait.
vi.setConfig({ testTimeout: 300_000 });

const FOLDER = join(ROOT, "fixtures", "foreign");

interface Finding {
  readonly assertion: string;
  readonly subject: string;
  readonly status: string;
  readonly sentence: string;
}

interface Reason {
  readonly assertion: string;
  readonly subject: string;
  readonly cause: RegExp;
}

/** What is wrong with each broken project: the findings that must fail, and what each must name as the cause. */
const REASONS: Readonly<Record<string, readonly Reason[]>> = {
  shop: [
    { assertion: "main.failed == 0", subject: "main", cause: /during gone#1 \(.*: \d+ timed out/ },
  ],
  visits: [
    {
      assertion: "main.failed after blink + 3s == 0",
      subject: "main",
      cause: /failed .*: \d+ answered 500/,
    },
  ],
  forum: [
    {
      assertion: "recovery of every step <= 4s",
      subject: "first",
      cause: /^blue after first#1 \(crash\) (never|had not) recovered/i,
    },
    {
      assertion: "recovery of every step <= 4s",
      subject: "second",
      cause: /^green after second#1 \(crash\) (never|had not) recovered/i,
    },
  ],
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

test.for(readdirSync(FOLDER))(
  "%s, unedited: red for the very reason, or as a mended twin green in everything",
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
    const ended = await person.run("chaos", "run", scenario, "--project", project, "--json");
    const said = `${ended.stdout}\n${ended.stderr}`;
    expect(promised).toBe(name in REASONS ? 1 : 0);
    expect(ended.code, said).toBe(promised);
    const { findings } = JSON.parse(ended.stdout) as { readonly findings: readonly Finding[] };
    const failed = findings.filter(({ status }) => status !== "pass");
    if (promised === 0) expect(failed).toEqual([]);
    for (const { assertion, subject, cause } of REASONS[name] ?? []) {
      const sentence = expect.stringMatching(cause);
      expect(failed).toContainEqual(
        expect.objectContaining({ assertion, subject, status: "fail", sentence }),
      );
    }
    expect(await projectResidue(project)).toEqual([]);
  },
);
