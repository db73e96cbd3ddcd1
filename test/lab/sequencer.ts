import { basename } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take a minute or more, the longest first: begun last, they would run alone at the end. */
const LONG: readonly string[] = [
  "contract.docker.test.ts",
  "foreign.docker.test.ts",
  "rollout-command.test.ts",
  "guards.docker.test.ts",
  "rollout-kill-nine.test.ts",
  "scenarios.docker.test.ts",
  "releases.docker.test.ts",
  "scenarios.test.ts",
  "kill-nine.test.ts",
  "releases.test.ts",
  "rollout.docker.test.ts",
  "action.test.ts",
  "rollout-repeat.test.ts",
  "bad-days.docker.test.ts",
  "compose-project.docker.test.ts",
  "contract.live.test.ts",
  "warden.docker.test.ts",
  "owner.docker.test.ts",
  "commands.test.ts",
];

/** The long files of a group of projects first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONG.indexOf(basename(moduleId));
  return at === -1 ? LONG.length : at;
}
