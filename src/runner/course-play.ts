import type { Engine } from "../engines/engine.ts";
import type { Json } from "../kit/world.ts";
import type { RunCourse } from "./course.ts";
import { type Injection, NO_TARGET } from "./injection.ts";
import type { Harm } from "./undo.ts";

/** How long one with stages may take to put back, by itself and in its own order, each thing that it has touched. */
const LONGEST_UNDO_MS = 120_000;

/** How long those that are under way may take to end when they are asked to, ms; nobody else is to undo the same meanwhile. */
export function longestOf(courses: readonly { readonly guards: readonly unknown[] }[]): number {
  return LONGEST_UNDO_MS * Math.max(1, ...courses.map(({ guards }) => guards.length));
}

/** Plays a staged injection to its end; returns what `apply` did. Guards that are still there when it has failed are to be undone. */
export async function playCourse(
  { id, kind, params }: Injection,
  course: RunCourse,
  { engine, lease }: { readonly engine: Engine; readonly lease: string },
): Promise<Json> {
  try {
    const hold = { lease, injection: id };
    const applied = await kind.apply(engine.powers, NO_TARGET, params, hold, course);
    course.close(kind.outcome({ events: [], applied, target: NO_TARGET }));
    return applied;
  } catch (thrown) {
    course.close(null);
    throw thrown;
  }
}

/** Undoes what a staged injection has left guarded, the last that was touched first. */
export async function undoCourse(
  { course, kind, params }: Injection,
  onFailure: (id: string, error: unknown) => void,
  undo: (harm: Harm) => Promise<void>,
): Promise<void> {
  for (const guard of [...(course?.guards ?? [])].reverse()) {
    try {
      await undo({ kind, params, target: guard.target, before: guard.before });
    } catch (thrown) {
      onFailure(guard.id, thrown);
      throw thrown;
    }
    course?.strike(guard);
  }
}
