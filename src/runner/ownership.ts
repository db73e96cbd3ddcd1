import type { Engine } from "../engines/engine.ts";
import { AegisError } from "../kit/errors.ts";
import type { ProjectRecord } from "../state/project-directory.ts";

/** What there is of a project, and whose it is. */
export interface Found {
  /** Something of it runs. */
  readonly isUp: boolean;
  /** Something of it is there, if only stopped, or of services that are not declared in our files. */
  readonly exists: boolean;
  /** It is there, and aegis did not start it: not ours to take down, and harmed only when that is allowed by name. */
  readonly foreign: boolean;
}

/** Looks at a project, with what was recorded of it when an aegis command last used it. */
export async function lookAt(engine: Engine, record: ProjectRecord | null): Promise<Found> {
  const isUp = await engine.isUp();
  const isOurs = engine.exclusive === true || (await startedByUs(engine, record));
  const exists = (await engine.exists()) || (isOurs && (await isStripped(engine)));
  return { isUp, exists, foreign: exists && !isOurs };
}

/** Throws ENVIRONMENT while somebody uses the project whom our lock does not keep out. */
export async function refuseInUse(engine: Engine): Promise<void> {
  const free = (await engine.isFree?.()) ?? true;
  if (free !== true) throw new AegisError("ENVIRONMENT", free.no, { hint: free.hint });
}

/** All replicas are gone, and the rest is still there: what a run leaves that dies when it has removed the last one. */
async function isStripped(engine: Engine): Promise<boolean> {
  return ((await engine.life?.()) ?? null) !== null;
}

/** Recorded as ours, and not made anew by somebody since. A record without a life is of an `up` that died before anything was there: what there is now is not of it. */
async function startedByUs(engine: Engine, record: ProjectRecord | null): Promise<boolean> {
  if (record?.owned !== true) return false;
  const life = (await engine.life?.()) ?? null;
  return life === null || life === record.life;
}
