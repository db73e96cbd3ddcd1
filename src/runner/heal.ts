import type { Engine } from "../engines/engine.ts";
import { messageOf } from "../kit/errors.ts";
import type { StepKind } from "../model/kind.ts";
import type { Ledger, OpenEntry } from "../state/ledger.ts";
import { perTarget } from "./per-target.ts";
import { isThere } from "./presence.ts";
import { type Harm, undoHarm } from "./undo.ts";

export interface Healed {
  /** A sentence each: `freeze#1: pause of app2 undone`. */
  readonly undone: readonly string[];
  readonly failed: readonly string[];
}

interface Undoing {
  readonly entry: OpenEntry;
  /** undefined: one of another aegis. */
  readonly kind: StepKind | undefined;
}

/**
 * Undoes every open ledger entry, the newest of each target first, as long as `goOn` says so of what was done until then.
 * Idempotent; one failure does not keep the others from being undone, nor does one that takes long keep those waiting that
 * are about other targets.
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
  const entries = ledger.open().map((entry) => {
    return { entry, kind: kinds.find(({ name }) => name === entry.kind) };
  });
  await perTarget(entries, touched, async ({ entry, kind }) => {
    if (!goOn({ undone, failed })) return;
    const what = `${entry.id}: ${entry.kind} of ${entry.target?.name ?? "the stack"}`;
    try {
      if (!kind) throw new Error(`this aegis has no step kind "${entry.kind}"`);
      const went = await undoUnlessGone(engine, { ...entry, kind });
      ledger.reverted(entry);
      undone.push(wasThere && !went ? `${what} undone` : `${what} is gone with the stack`);
    } catch (thrown) {
      ledger.revertFailed(entry, messageOf(thrown));
      failed.push(`${what}: ${messageOf(thrown)}`);
    }
  });
  return { undone, failed };
}

/** What one with stages has touched it takes back in its own order: never several replicas of a service at a time. */
function touched({ entry: { target }, kind }: Undoing): string[] {
  return [target?.key ?? "", ...(kind?.staged ? [kind.name] : [])];
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
