import type { Json } from "../kit/world.ts";
import { known, type Measured, unknown } from "./measured.ts";
import { type Scope, totalsOf } from "./scope.ts";
import { runSpan } from "./windows.ts";

/**
 * Requests that were carried out more than once, from the notes `duplicates` { traffic, orders, duplicates, basis }. Unknown
 * unless every answered request was counted (`orders`). They count the run as a whole: a smaller window can be judged only when there were none at all.
 */
export function measureDuplicates({ timeline, traffic, selection }: Scope): Measured {
  const counts = timeline.notes.flatMap(({ stage, facts }) =>
    stage === "duplicates" ? countOf(facts, traffic.plan.name) : [],
  );
  const { duplicates, orders = 0, basis } = counts.at(-1) ?? {};
  if (duplicates === undefined) return unknown("count", "nothing counted the duplicates");
  const answered = totalsOf(traffic.buckets).ok;
  if (orders < answered) {
    return unknown("count", `the logs tell of ${orders} of ${answered} answered requests only`);
  }
  const run = runSpan(timeline);
  const whole = selection.spans.some(({ from, to }) => from <= run.from && to >= run.to);
  if (duplicates === 0 || whole) return known("count", duplicates, basisText(duplicates, basis));
  return unknown("count", `${duplicates} in the whole run, but not known when`);
}

function basisText(duplicates: number, basis: string | undefined): { text?: string } {
  return basis === undefined ? {} : { text: `${duplicates} (${basis})` };
}

function countOf(
  facts: Json,
  traffic: string,
): { duplicates: number; orders: number; basis?: string }[] {
  if (typeof facts !== "object" || facts === null || Array.isArray(facts)) return [];
  const { traffic: of, duplicates, orders, basis } = facts as Readonly<Record<string, Json>>;
  if (of !== traffic || typeof duplicates !== "number" || typeof orders !== "number") return [];
  return [{ duplicates, orders, ...(typeof basis === "string" && { basis }) }];
}
