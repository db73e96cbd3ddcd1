import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test, vi } from "vitest";
import { ROOT, visit } from "./aegis.ts";
import { nothing, residue } from "./residue.ts";

vi.setConfig({ testTimeout: 400_000 });

/** The scenario files of a folder, each with the exit code that its first line promises; without one it is 0. */
function filesIn(folder: string): readonly { path: string; exit: number }[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => {
      const path = join(ROOT, folder, name);
      const promised = /^# expect: exit (\d+)\n/.exec(readFileSync(path, "utf8"));
      return { path, exit: promised === null ? 0 : Number(promised[1]) };
    });
}

// Side by side, each on a stack of its own: they mostly wait.
test.concurrent.for([
  { folder: "scenarios", least: 7, worst: 0 },
  { folder: "fixtures/scenarios", least: 6, worst: 6 },
])(
  "every scenario in $folder ends as it says, one after the other on one stack",
  async ({ folder, least, worst }, context) => {
    const files = filesIn(folder);
    expect(files.length).toBeGreaterThanOrEqual(least);
    const person = visit(context);
    const { code, stdout, stderr } = await person.run(
      ...["chaos", "run", ...files.map(({ path }) => path), "--json"],
    );
    const reports = JSON.parse(stdout) as { file: string; exit: number; summary: string }[];
    const ended = reports.map(({ file, exit, summary }) => ({
      file: basename(file),
      exit,
      summary,
    }));
    const promised = files.map(({ path, exit }) => ({ file: basename(path), exit }));
    const byFile = (a: { file: string }, b: { file: string }): number =>
      a.file.localeCompare(b.file);
    expect(
      ended.map(({ file, exit }) => ({ file, exit })).sort(byFile),
      `${JSON.stringify(ended, null, 1)}\n${stderr}`,
    ).toEqual(promised.sort(byFile));
    expect(code).toBe(worst);
    expect(await residue(nothing(person), 1)).toBe("");
  },
);
