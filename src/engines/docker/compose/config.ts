import { AegisError } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";
import type { ComposeConfig, ComposeProject } from "../../project-reader.ts";
import { composeArguments } from "./argv.ts";
import { called } from "./called.ts";
import { type ComposeCommand, commandText, findCompose } from "./command.ts";
import { saidBy } from "./messages.ts";

/** There may be many files to read. */
const LIMIT_MS = 60_000;

/**
 * `compose config`: variables, env files, `extends`, `include` and merge keys resolved by Docker itself, as YAML. Starts
 * nothing and asks no daemon. It waits, because all that is read before a run is. Throws ENVIRONMENT without a compose.
 */
export function readConfig(world: World, project: ComposeProject): ComposeConfig {
  const compose = findCompose(world);
  const args = [...compose.args, ...composeArguments(project, { do: "config" })];
  const { status, stdout, stderr } = called(world, compose.program, args, {
    limitMs: LIMIT_MS,
    directory: project.directory,
  });
  const command = `${commandText(compose)} config`;
  if (status !== 0) {
    return { refused: saidBy(stderr) || saidBy(stdout) || "it does not say why", command };
  }
  if (project.project !== null) refuseOtherName(compose, project.project);
  return { text: stdout };
}

/** Version 1 drops what it does not like from a name and goes on with another project; later ones refuse. */
function refuseOtherName(compose: ComposeCommand, project: string): void {
  const cut = project.toLowerCase().replace(/[^a-z0-9_-]/g, "");
  if (cut === project || compose.isPlugin) return;
  throw new AegisError(
    "INVALID_INPUT",
    `"${project}" is no name for a project: ${commandText(compose)} ${cut === "" ? "would drop all of it" : `would make it "${cut}"`}`,
    { hint: `use lower-case letters, digits, - and _${cut === "" ? "" : `: --project ${cut}`}` },
  );
}
