import type { Replica } from "../model/replica.ts";
import { isThere } from "./presence.ts";
import { lookAround, residueOf, type Surroundings } from "./residue.ts";
import type { Stage } from "./stage.ts";

/** What was undone must show soon; a replica that was started again may take its time to get ready, and a helper to go. */
const SLOWEST_UNDO_US = 5_000_000;
const SLOWEST_READY_US = 30_000_000;

/**
 * What the run has left different from what it found: asked again until it is as it was, or time is up. What somebody else
 * removed meanwhile is told by the events, and what an engine that was lost has not brought back by how the run ended:
 * neither is harm of ours that `heal` could undo.
 */
export async function residueAfter(stage: Stage, before: Surroundings): Promise<readonly string[]> {
  const { engine, world } = stage.options;
  const intended = intendedChanges(stage);
  const ours = (there: Surroundings): Surroundings => oursOf(stage, there);
  const from = stage.now();
  for (;;) {
    try {
      if (stage.ending?.reason === "failed" && !(await isThere(engine))) return [];
      const residue = residueOf(ours(before), ours(await lookAround(engine)), intended);
      const patience = residue.every(({ passing }) => passing) ? SLOWEST_READY_US : SLOWEST_UNDO_US;
      if (residue.length === 0 || stage.now() > from + patience) {
        return residue.map(({ sentence }) => sentence);
      }
    } catch {
      return stage.ending?.reason === "failed" ? [] : ["the engine no longer answers"];
    }
    await world.clock.sleep(50);
  }
}

/** What there is, without the replicas that are as they are by no deed of ours: all of them, where nothing was injected. */
function oursOf({ view, conductor, engineWasLost }: Stage, there: Surroundings): Surroundings {
  const { injections } = conductor;
  if (injections.length === 0) return { ...there, replicas: [] };
  const harmed = new Set(
    injections.flatMap(({ target, course }) => [target?.key, ...(course?.touched ?? [])]),
  );
  const isOurs = ({ key }: Replica): boolean =>
    !view.removedByOthers.has(key) && (!engineWasLost || harmed.has(key));
  return { ...there, replicas: there.replicas.filter(isOurs) };
}

/** What a step with stages has put back by itself has to be as it was. */
function intendedChanges(stage: Stage): ReadonlyMap<string, ReadonlySet<keyof Replica>> {
  const intended = new Map<string, Set<keyof Replica>>();
  for (const { target, course, kind, params } of stage.conductor.injections) {
    const changed = [target, ...(course?.changed ?? []).map((guard) => guard.target)];
    for (const { key } of changed.filter((each) => each !== null)) {
      const fields = intended.get(key) ?? new Set();
      for (const field of kind.intended(params)) fields.add(field);
      intended.set(key, fields);
    }
  }
  return intended;
}
