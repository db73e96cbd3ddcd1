import { readLedger } from "../state/ledger.ts";
import { readLock } from "../state/lock.ts";

/** What to tell a person of the harm that a dead run has left in a project; null where there is none. Takes and undoes nothing. */
export function leftHarm(directory: string, project: string): string | null {
  const { open } = readLedger(directory);
  const lock = readLock(directory);
  if (open.length === 0 || lock?.alive) return null;
  const what = open.map(
    ({ id, kind, target }) => `${id} (${kind} of ${target?.name ?? "the stack"})`,
  );
  const owner = lock === null ? "A dead run" : `\`${lock.holder.command}\` died and`;
  return `warning: ${owner} has left harm in ${project}: ${what.join(", ")}. Undo it with: aegis heal`;
}
