import type { Course } from "../model/kind.ts";
import { Setback } from "./setback.ts";

const POLL_MS = 50;

/** Throws the setback that somebody has asked for: the run ends, or the rollout is to be undone. */
export function heed(course: Course): void {
  const { signal } = course;
  if (signal.aborted) throw new Setback("interrupted", String(signal.reason));
  if (course.request() === "undo") throw new Setback("undone", "it was asked for by --undo");
}

/** Asks again and again until there is an answer, for `ms` at most; null: there was none in time. Heeds who wants an end. */
export async function until<Value>(
  course: Course,
  ms: number,
  ask: () => Value | null | Promise<Value | null>,
): Promise<Value | null> {
  const from = course.now();
  for (;;) {
    heed(course);
    const value = await ask();
    if (value !== null) return value;
    if (course.now() - from >= ms * 1000) return null;
    await course.clock.sleep(POLL_MS, course.signal);
  }
}

/** Waits while somebody has asked for a pause; tells of it once. */
export async function whilePaused(course: Course, before: string): Promise<void> {
  if (course.request() !== "pause") return;
  course.note(`paused before ${before}; go on with: aegis rollout --resume`, { stage: "paused" });
  for (;;) {
    heed(course);
    if (course.request() !== "pause") break;
    await course.clock.sleep(POLL_MS, course.signal);
  }
  course.note("resumed", { stage: "resumed" });
}
