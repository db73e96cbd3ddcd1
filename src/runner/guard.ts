import { AegisError } from "../kit/errors.ts";
import type { World } from "../kit/world.ts";
import type { Plan } from "../model/plan.ts";
import { denialOf, denyFiles } from "../state/deny-list.ts";
import { stopFile } from "../state/stop-file.ts";

/** What a session is going to do to its project, and what was allowed. */
export interface Guard {
  /** Does it harm at all? What only measures needs no leave. */
  readonly harms: boolean;
  /** Projects that may be harmed although aegis did not start them, or although they run on another machine. */
  readonly allowed: readonly string[];
  /** The command line as it was typed, with these words added. */
  readonly again: (...words: readonly string[]) => string;
}

/** What must be known of a project to say whether it may be harmed. */
interface Victim {
  readonly project: string;
  readonly foreign: boolean;
  /** The host it runs on when that is another machine. */
  readonly remote: string | null;
}

/** Does this plan act on any replica? */
export function harms({ steps }: Pick<Plan, "steps">): boolean {
  return steps.some(({ target }) => target !== null);
}

/** Throws what keeps anything of this project from being harmed, whoever allows it: INVALID_INPUT for a deny list, ENVIRONMENT for a STOP file. */
export function refuseForbidden(world: Pick<World, "stateHome" | "cwd">, project: string): void {
  const denial = denialOf(project, denyFiles(world));
  if (denial !== null) {
    const by = denial.pattern === project ? "" : ` ("${denial.pattern}")`;
    throw new AegisError(
      "INVALID_INPUT",
      `project ${project} is on the deny list and is never harmed: ${denial.at}${by}`,
      {
        hint: "--allow does not lift this. Choose another project with --project, or edit that line",
      },
    );
  }
  const stop = stopFile(world);
  if (stop !== null) throw stopped(stop);
}

/** Throws INVALID_INPUT when harm to this project needs leave that was not given, with the command that gives it. */
export function refuseUnasked({ project, foreign, remote }: Victim, guard: Guard): void {
  const reasons = [
    ...(foreign ? [`aegis did not start project ${project}`] : []),
    ...(remote === null ? [] : [`project ${project} runs on another machine, ${remote}`]),
  ];
  if (reasons.length === 0 || guard.allowed.includes(project)) return;
  throw new AegisError(
    "INVALID_INPUT",
    `${reasons.join(", and ")}: it is harmed only when that is allowed by name. Nothing was touched`,
    { hint: `If it may be harmed:\n${guard.again("--allow", project)}` },
  );
}

function stopped(path: string): AegisError {
  return new AegisError("ENVIRONMENT", `nothing is harmed while there is a STOP file: ${path}`, {
    hint: `When harm is welcome again, remove it: rm ${path}`,
  });
}
