import type { Engine } from "../engines/engine.ts";
import type { Json } from "../kit/world.ts";
import type { StepKind } from "../model/kind.ts";
import type { StepPlan } from "../model/plan.ts";
import type { Fetching } from "../model/powers.ts";
import type { Replica } from "../model/replica.ts";
import { readWayBack } from "../state/course-record.ts";

/** Where steps with stages are looked ahead at. */
export interface OutlookOptions extends Fetching {
  readonly engine: Engine;
  readonly kinds: readonly StepKind[];
  /** The project's. */
  readonly stateDirectory: string;
  /** Do answers say who gave them, or in which version? */
  readonly answersName: boolean;
}

/** What each step with stages foresees, by id, before anything is touched. Throws what is in the way of the first that cannot be done. */
export async function foreseeSteps(
  steps: readonly StepPlan[],
  { engine, kinds, stateDirectory, ...rest }: OutlookOptions,
): Promise<ReadonlyMap<string, Json>> {
  const foreseen = new Map<string, Json>();
  const staged = steps.filter((step) => step.staged);
  const replicas = staged.length === 0 ? [] : await engine.replicas();
  for (const step of staged) {
    const kind = kinds.find(({ name }) => name === step.kind);
    if (kind === undefined) continue;
    const aimed = replicas.filter((replica) => isAimedAt(step, replica));
    const remembered = readWayBack(stateDirectory, kind.name);
    const outlook = { ...rest, aimed, replicas, remembered };
    foreseen.set(step.id, await kind.foresee(engine.powers, step.params, outlook));
  }
  return foreseen;
}

function isAimedAt({ target }: StepPlan, { service, name }: Replica): boolean {
  if (target?.by === "service") return service === target.service;
  return target?.by === "replica" && name === target.replica;
}
