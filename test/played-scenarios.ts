import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "vitest";
import { type Person, ROOT } from "./aegis.ts";

/** The scenario files of a folder, each with the exit code that its first line promises; without one it is 0. */
export function filesIn(folder: string): readonly { path: string; exit: number }[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => {
      const path = join(ROOT, folder, name);
      const promised = /^# expect: exit (\d+)\n/.exec(readFileSync(path, "utf8"));
      return { path, exit: promised === null ? 0 : Number(promised[1]) };
    });
}

interface Ended {
  readonly exit: number;
  readonly summary: string;
  readonly output: string;
  readonly report: Report;
}

/** Plays the scenarios in one command; returns how each ended, by the name of its file. */
async function play(
  person: Person,
  files: readonly { path: string; exit: number }[],
  flags: readonly string[],
): Promise<Map<string, Ended>> {
  const { code, stdout, stderr } = await person.run(
    ...["chaos", "run", ...files.map(({ path }) => path), "--json", ...flags],
  );
  expect(stdout, stderr).not.toBe("");
  const parsed = JSON.parse(stdout) as Report | Report[];
  const reports = Array.isArray(parsed) ? parsed : [parsed];
  expect(code).toBe(worstOf(reports.map(({ exit }) => exit)));
  return new Map(
    reports.map((report) => {
      const { file, exit, summary, findings } = report;
      const why = findings.map(({ sentence }) => sentence).filter((sentence) => sentence !== "");
      return [
        basename(file),
        { exit, summary, output: [summary, ...why, stderr].join("\n"), report },
      ];
    }),
  );
}

/** A report as JSON, as far as is looked at here. */
export type Report = {
  readonly file: string;
  readonly exit: number;
  readonly summary: string;
  readonly findings: readonly {
    readonly assertion: string;
    readonly value: number | null;
    readonly sentence: string;
  }[];
};

/** As the README says: 6 is worse than 1, 1 worse than 3. */
function worstOf(exits: readonly number[]): number {
  return [5, 70, 2, 4, 6, 130, 143, 1, 3, 0].find((exit) => exits.includes(exit)) ?? 0;
}

/**
 * Plays scenarios one after the other on one stack and expects of each what its first line promises. "Cannot tell" (no
 * steady state, or in doubt) is asked again, up to twice: a machine busy with other tests, or one that its host lets wait, may
 * be the reason. A scenario that says pass or fail is never asked again. Returns the reports.
 */
export async function expectPromises(
  person: Person,
  files: readonly { path: string; exit: number }[],
  flags: readonly string[] = [],
): Promise<readonly Report[]> {
  const ended = new Map<string, Ended>();
  let unsure = files;
  for (let times = 0; times < 3 && unsure.length > 0; times++) {
    for (const [name, end] of await play(person, unsure, flags)) ended.set(name, end);
    unsure = unsure.filter(({ path, exit }) => {
      const said = ended.get(basename(path))?.exit;
      return said !== exit && (said === 3 || said === 6);
    });
  }
  const said = files.map(({ path, exit }) => {
    const last = ended.get(basename(path));
    const why = last?.exit === exit ? "" : (last?.output ?? "no report");
    return { file: basename(path), exit: last?.exit, why };
  });
  const wrong = said.filter(({ why }) => why !== "").map(({ file, why }) => `${file}: ${why}`);
  expect(said, wrong.join("\n")).toEqual(
    files.map(({ path, exit }) => ({ file: basename(path), exit, why: "" })),
  );
  return [...ended.values()].map(({ report }) => report);
}
