import type { Timeline } from "../../model/timeline.ts";

/** Remembers what a pure function says of a run, as long as the run is held: several formats of one run count only once. */
export function oncePerRun<T>(fold: (timeline: Timeline) => T): (timeline: Timeline) => T {
  const known = new WeakMap<Timeline, T>();
  return (timeline) => {
    const before = known.get(timeline);
    if (before !== undefined) return before;
    const folded = fold(timeline);
    known.set(timeline, folded);
    return folded;
  };
}
