import { AegisError } from "../kit/errors.ts";
import type { Clock } from "../kit/world.ts";
import type { StepKind } from "../model/kind.ts";
import type { LedgerEntry } from "../state/ledger.ts";
import { type Healed, heal } from "./heal.ts";
import type { Session } from "./session.ts";

export interface PutBackOptions {
  readonly kinds: readonly StepKind[];
  readonly clock: Clock;
  /** Aborts with the name of a signal. */
  readonly interrupt: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** How long after a signal yet another one is begun with. */
const UNDO_US = 5_000_000;

/**
 * Puts back what a run has changed for good, so that the next one finds what that one found. All of it is written ahead
 * before the first is touched: whatever cuts this short, `heal` finishes it. Throws HARM_LEFT when some of it is left, by
 * a failure or because a signal came and it took too long.
 */
export async function putBackChanges(
  session: Pick<Session, "engine" | "ledger" | "endsDown">,
  changes: readonly LedgerEntry[],
  options: PutBackOptions,
): Promise<void> {
  const { interrupt, onProgress } = options;
  if (changes.length === 0 || interrupt.aborted) return;
  const { ledger, endsDown } = session;
  ledger.prepareTogether(changes);
  for (const change of changes) ledger.applied(change);
  const names = changes.map(({ target }) => target?.name ?? "the stack");
  onProgress(`putting back what the last run has changed: ${names.join(", ")}`);
  const { undone, failed } = await undo(session, changes, options);
  if (failed.length > 0) throw notPutBack(failed);
  const left = ledger.open();
  const isMixed = undone.length > 0 && left.length > 0;
  if (isMixed && !endsDown) throw cutShort(left, interrupt);
  ledger.revertedTogether(left);
}

/** The last one first, until one fails or a signal has come: before any was touched all can stay, later it should be quick. */
async function undo(
  { engine, ledger }: Pick<Session, "engine" | "ledger">,
  changes: readonly LedgerEntry[],
  { kinds, clock, interrupt }: PutBackOptions,
): Promise<Healed> {
  let until = Number.POSITIVE_INFINITY;
  const onInterrupt = (): void => {
    until = clock.now() + UNDO_US;
  };
  interrupt.addEventListener("abort", onInterrupt, { once: true });
  try {
    return await heal(engine, ledger, kinds, ({ undone, failed }) => {
      if (failed.length > 0) return false;
      return !interrupt.aborted || (undone.length > 0 && clock.now() < until);
    });
  } catch (thrown) {
    // The engine could not even be asked: none was touched.
    ledger.revertedTogether(changes);
    throw thrown;
  } finally {
    interrupt.removeEventListener("abort", onInterrupt);
  }
}

function notPutBack(failed: readonly string[]): AegisError {
  return new AegisError(
    "HARM_LEFT",
    `what the last run has changed could not be put back before the next one:\n${failed.join("\n")}`,
    { hint: "Put it right by hand, then run: aegis heal" },
  );
}

function cutShort(left: readonly LedgerEntry[], { reason }: AbortSignal): AegisError {
  return new AegisError(
    "HARM_LEFT",
    `interrupted by ${reason} before all that the last run has changed was put back; left is: ${told(left)}`,
    { hint: "Put it back with: aegis heal" },
  );
}

function told(entries: readonly LedgerEntry[]): string {
  return entries
    .map(({ id, kind, target }) => `${id} (${kind} of ${target?.name ?? "the stack"})`)
    .join(", ");
}
