import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Whose processes are looked for, and where looks are kept. */
export interface Marked {
  /** VARIABLE=VALUE */
  readonly mark: string;
  readonly home: string;
}

/** One process of a person's, as the independent script sees it. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly stopped: boolean;
  readonly ports: readonly number[];
  readonly isRoot: boolean;
}

/** What the independent script saw: `file` is for it, `processes` for tests. */
export interface Look {
  readonly file: string;
  readonly processes: readonly SeenProcess[];
}

const SCRIPT = fileURLToPath(new URL("residue.mjs", import.meta.url));
let looks = 0;

/** What this person has running now. Those of `seen` are followed even when nothing connects them any more. */
export async function look(person: Marked, seen: Look | null = null): Promise<Look> {
  const { stdout } = await script("look", person.mark, seen?.file ?? "-");
  const file = join(person.home, `look-${++looks}.json`);
  writeFileSync(file, stdout);
  return { file, processes: (JSON.parse(stdout) as { processes: SeenProcess[] }).processes };
}

/** How what runs differs from an earlier look once `seconds` have passed; "" as soon as it does not, and none of `absent` is there. */
export async function residue(
  before: Look,
  seconds: number,
  seen: Look | null = null,
  absent: readonly string[] = [],
): Promise<string> {
  const words = [before.file, String(seconds), seen?.file ?? "-", ...absent];
  return (await script("same", ...words)).stdout;
}

/** A look at a person who has nothing running. */
export function nothing(person: Marked): Look {
  const file = join(person.home, "nothing.json");
  writeFileSync(file, JSON.stringify({ mark: person.mark, processes: [] }));
  return { file, processes: [] };
}

function script(...words: readonly string[]): Promise<{ stdout: string }> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [SCRIPT, ...words], (error, stdout, stderr) => {
      if (error !== null && stderr !== "") reject(new Error(stderr));
      else resolve({ stdout });
    });
  });
}
