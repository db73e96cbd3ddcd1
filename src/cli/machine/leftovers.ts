import { messageOf } from "../../kit/errors.ts";
import type { World } from "../../kit/world.ts";
import { readLedger } from "../../state/ledger.ts";
import { readLock } from "../../state/lock.ts";
import { listProjects, type RememberedProject } from "../../state/project-directory.ts";
import type { MachineCheck } from "./machine-check.ts";

/** Harm that dead runs left behind, in every project that aegis remembers. */
export function checkLeftovers(world: World): MachineCheck[] {
  const what = "leftovers";
  try {
    const found = listProjects(world).flatMap(leftoverOf);
    if (found.length > 0) return found;
    return [{ status: "ok", what, says: "no dead run has left harm", hint: null }];
  } catch (thrown) {
    return [{ status: "bad", what, says: messageOf(thrown), hint: null }];
  }
}

function leftoverOf({ stateDirectory, record, problem }: RememberedProject): MachineCheck[] {
  const what = `project ${record?.stack.project ?? stateDirectory}`;
  if (record === null) {
    const hint = `Remove ${stateDirectory} if nothing of it runs any more.`;
    return [{ status: "warning", what, says: problem ?? "cannot be read", hint }];
  }
  const { open, damage } = readLedger(stateDirectory);
  const torn = damage.map(
    (line): MachineCheck => ({ status: "warning", what, says: `its ledger: ${line}`, hint: null }),
  );
  if (open.length === 0 || readLock(stateDirectory)?.alive) return torn;
  const harm = open.map(
    ({ id, kind, target }) => `${id} (${kind} of ${target?.name ?? "the stack"})`,
  );
  const says = `a dead run left ${harm.join(", ")}`;
  return [...torn, { status: "bad", what, says, hint: "Undo it with: aegis heal" }];
}
