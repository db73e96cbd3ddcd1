import { constants, copyFileSync, linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { identityToKeep, isAlive } from "../../kit/process-identity.ts";
import { readJson } from "../json-file.ts";
import type { SupervisorRecord } from "./state-files.ts";

/** Writes down who supervises the project, unless somebody living does already: then false. Two at once cannot both succeed. */
export function claimRecord(path: string, pid: number, token: string): boolean {
  const mine = `${path}.${pid}`;
  const record: SupervisorRecord = { ...identityToKeep(pid), token };
  writeFileSync(mine, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  try {
    return tryLink(mine, path) || (retire(path, `${mine}.old`) && tryLink(mine, path));
  } finally {
    rmSync(mine, { force: true });
  }
}

/** A link is made with its content, or not at all when the name is taken. Some file systems have none: there a new file must do. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code !== "EEXIST" && tryCopy(from, to);
  }
}

function tryCopy(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch {
    return false;
  }
}

/** Takes the record of a dead one away. Somebody else may have been faster: what we took is looked at, and put back if it lives. */
function retire(path: string, aside: string): boolean {
  const record = readJson<SupervisorRecord>(path);
  if (record !== null && isAlive(record)) return false;
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  const taken = readJson<SupervisorRecord>(aside);
  const living = taken !== null && isAlive(taken);
  if (living) tryLink(aside, path);
  rmSync(aside, { force: true });
  return !living;
}
