import type { Engine } from "../engines/engine.ts";
import { messageOf } from "../kit/errors.ts";
import type { StepKind } from "../model/kind.ts";
import type { Ledger } from "../state/ledger.ts";
import { isThere } from "./presence.ts";
import { type Harm, undoHarm } from "./undo.ts";

export interface Healed {
  /** A sentence each: `freeze#1: pause of app2 undone`. */
  readonly undone: readonly string[];
  readonly failed: readonly string[];
}

/**
 * Undoes every open ledger entry, newest first, as long as `goOn` says so of what was done until then. Idempotent; one
 * failure does not keep the others from being undone.
 */
export async function heal(
  engine: Engine,
  ledger: Ledger,
  kinds: readonly StepKind[],
  goOn: (soFar: Healed) => boolean = () => true,
): Promise<Healed> {
  const undone: string[] = [];
  const failed: string[] = [];
  const wasThere = await isThere(engine);
  for (const entry of ledger.open()) {
    if (!goOn({ undone, failed })) break;
    const what = `${entry.id}: ${entry.kind} of ${entry.target?.name ?? "the stack"}`;
    try {
      const kind = kinds.find(({ name }) => name === entry.kind);
      if (!kind) throw new Error(`this aegis has no step kind "${entry.kind}"`);
      const went = await undoUnlessGone(engine, { ...entry, kind });
      ledger.reverted(entry);
      undone.push(wasThere && !went ? `${what} undone` : `${what} is gone with the stack`);
    } catch (thrown) {
      ledger.revertFailed(entry, messageOf(thrown));
      failed.push(`${what}: ${messageOf(thrown)}`);
    }
  }
  return { undone, failed };
}

/** Undoes a harm; true when the stack has gone down meanwhile, and a harmed replica with it. */
async function undoUnlessGone(engine: Engine, harm: Harm): Promise<boolean> {
  try {
    await undoHarm(engine, harm);
    return false;
  } catch (thrown) {
    if (harm.target === null || (await isThere(engine))) throw thrown;
    return true;
  }
}
