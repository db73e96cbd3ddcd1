import type { Engine } from "../engines/engine.ts";
import { AegisError } from "../kit/errors.ts";
import type { StepKind } from "../model/kind.ts";
import type { Plan, StepPlan } from "../model/plan.ts";
import { type Replica, refOf } from "../model/replica.ts";

/** What one step would destroy for good of one replica. */
interface Loss {
  readonly step: StepPlan;
  readonly kind: string;
  readonly replica: string;
  readonly lost: readonly string[];
}

/**
 * Throws ENVIRONMENT when a step that does not say `irreversible: true` could select a replica of which it would destroy
 * something for good: each step and replica, what would be lost, and the line that says that it may be. Touches nothing.
 */
export async function refuseLosses(
  steps: readonly StepPlan[],
  engine: Engine,
  kinds: readonly StepKind[],
  { file }: Pick<Plan, "file">,
): Promise<void> {
  const open = steps.filter(({ irreversible, target }) => !irreversible && target !== null);
  if (open.length === 0) return;
  const replicas = await engine.replicas();
  const found = await Promise.all(
    open.map((step) => lossesOf(step, candidates(step, steps, replicas), engine, kinds)),
  );
  const losses = found.flat();
  if (losses.length === 0) return;
  throw new AegisError("ENVIRONMENT", losses.map(sentenceOf).join("\n"), {
    hint: hintFor(losses, file),
  });
}

/** Every replica that a step may come to harm, whatever the seed and the state of things then. */
function candidates(
  { id, target }: StepPlan,
  steps: readonly StepPlan[],
  replicas: readonly Replica[],
): readonly Replica[] {
  if (target === null) return [];
  if (target.by === "service") return replicas.filter(({ service }) => service === target.service);
  if (target.by === "replica") return replicas.filter(({ name }) => name === target.replica);
  const other = steps.find((step) => step.id === target.step && step.id !== id);
  return other === undefined ? [] : candidates(other, steps, replicas);
}

async function lossesOf(
  step: StepPlan,
  replicas: readonly Replica[],
  engine: Engine,
  kinds: readonly StepKind[],
): Promise<readonly Loss[]> {
  const deeds = step.alternatives ?? [step];
  const asked = deeds.flatMap(({ kind: name, params }) => {
    const kind = kinds.find((each) => each.name === name);
    if (kind === undefined) return [];
    return replicas.map(async (replica): Promise<Loss> => {
      const lost = await kind.losses(engine.powers, refOf(replica), params);
      return { step, kind: name, replica: replica.name, lost };
    });
  });
  return (await Promise.all(asked)).filter(({ lost }) => lost.length > 0);
}

function sentenceOf({ step, kind, replica, lost }: Loss): string {
  const line = step.line === null ? "" : ` (line ${step.line})`;
  return `step ${step.id}${line}: ${kind} of ${replica} would destroy ${lost.join(", ")}`;
}

function hintFor(losses: readonly Loss[], file: string | null): string {
  const steps = [...new Set(losses.map(({ step }) => step.id))].join(", ");
  const kinds = [...new Set(losses.map(({ kind }) => kind))].join(", ");
  if (file === null)
    return `Nothing was harmed. Leave out ${kinds}, or keep that data in a named volume`;
  return `Nothing was harmed. If it may be lost, add to ${steps} in ${file}:\n  irreversible: true\nor keep that data in a named volume`;
}
