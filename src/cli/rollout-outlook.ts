import type { Plan } from "../model/plan.ts";
import type { Foreseen } from "../rollout/moves.ts";
import { refuseForbidden, refuseUnasked } from "../runner/guard.ts";
import { foreseeSteps } from "../runner/outlook.ts";
import { lookAt } from "../runner/ownership.ts";
import { doAnswersName } from "../runner/traffic.ts";
import { skippedSteps } from "../runner/unsupported.ts";
import { recallProject } from "../state/project-directory.ts";
import { guardOf } from "./guard-of.ts";
import type { Host } from "./host.ts";
import { kinds } from "./kinds.ts";
import type { LoadedStack } from "./load-stack.ts";
import { withRunningStack } from "./open-stack.ts";

/**
 * What a plan of one rollout would do, without a lock. Throws what speaks against it, and ENVIRONMENT when the stack is not
 * up. `allow`: the projects that may be changed although aegis did not start them; null: it is only asked, and nothing is
 * built or pulled.
 */
export function lookAhead(
  host: Host,
  loaded: LoadedStack,
  plan: Plan,
  allow: readonly string[] | null,
): Promise<Foreseen> {
  if (allow !== null) refuseForbidden(host.world, loaded.stack.project);
  return withRunningStack(host, loaded, async (engine, stateDirectory) => {
    const { steps, traffic } = plan;
    const { project } = loaded.stack;
    if (allow !== null) {
      const { foreign } = await lookAt(engine, recallProject(stateDirectory));
      refuseUnasked({ project, foreign, remote: engine.remote }, guardOf(host, [plan], allow));
    }
    skippedSteps(steps, engine.can);
    const onProgress = (line: string): void => host.stderr.line(line);
    const answersName = doAnswersName(traffic, loaded.stack);
    const outlook = {
      engine,
      kinds,
      stateDirectory,
      answersName,
      fetch: allow !== null,
      onProgress,
    };
    const [foreseen] = (await foreseeSteps(steps, outlook)).values();
    return foreseen as unknown as Foreseen;
  });
}
