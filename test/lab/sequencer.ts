import { basename } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { HEAVY } from "./turns.ts";

/** Light ones that take minutes, and look short: what they test is written elsewhere. At the end of a project they would run alone. */
const LONG: ReadonlySet<string> = new Set(["contract.docker.test.ts", "foreign.docker.test.ts"]);

/** Spreads the heavy files of each project evenly among its others, the first one first: while one runs, the other workers have light ones, the longest first. */
export class SpreadingSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = new Map<string, TestSpecification[]>();
    for (const file of await super.sort(files)) {
      const { name } = file.project;
      projects.set(name, [...(projects.get(name) ?? []), file]);
    }
    return [...projects.values()].flatMap(spread);
  }
}

function spread(files: readonly TestSpecification[]): readonly TestSpecification[] {
  const among =
    (names: ReadonlySet<string>) =>
    ({ moduleId }: TestSpecification): boolean =>
      names.has(basename(moduleId));
  const heavy = files.filter(among(HEAVY));
  const others = files.filter((file) => !among(HEAVY)(file));
  const light = [...others.filter(among(LONG)), ...others.filter((file) => !among(LONG)(file))];
  if (heavy.length === 0) return light;
  const step = Math.ceil(light.length / heavy.length);
  return heavy.flatMap((file, index) => [file, ...light.slice(index * step, (index + 1) * step)]);
}
