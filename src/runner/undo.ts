import type { Engine } from "../engines/engine.ts";
import type { Json } from "../kit/world.ts";
import type { StepKind } from "../model/kind.ts";
import type { TargetRef } from "../model/replica.ts";
import { NO_TARGET } from "./injection.ts";
import { isThere } from "./presence.ts";

/** What must be known of a harm to undo it: JSON, but for its kind. */
export interface Harm {
  readonly kind: StepKind;
  readonly target: TargetRef | null;
  readonly params: Json;
  readonly before: Json;
}

/**
 * Undoes one harm; rejects when that fails. On a stack that is down, by whatever cause, nothing is left of a harmed
 * replica: a target that is gone counts as undone.
 */
export async function undoHarm(
  engine: Engine,
  { kind, target, params, before }: Harm,
): Promise<void> {
  if (target !== null && !(await isThere(engine))) return;
  await kind.revert(engine.powers, target ?? NO_TARGET, params, before);
}
