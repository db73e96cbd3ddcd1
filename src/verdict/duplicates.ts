import type { Json } from "../kit/world.ts";
import { formatCount, known, type Measured, unknown } from "./measured.ts";
import { type Scope, totalsOf } from "./scope.ts";
import { runSpan } from "./windows.ts";

/**
 * Requests that were carried out more than once, from the notes `duplicates` { traffic, orders, duplicates, basis }: of
 * `orders` executions that were seen, `duplicates` were not the first of their request. While not every answered request
 * was seen there may be more. They count the run as a whole: a smaller window can be judged only when there were none.
 */
export function measureDuplicates({ timeline, traffic, selection }: Scope): Measured {
  const counts = timeline.notes.flatMap(({ stage, facts }) =>
    stage === "duplicates" ? countOf(facts, traffic.plan.name) : [],
  );
  const count = counts.at(-1);
  if (count === undefined) return unknown("count", "nothing counted the duplicates");
  const { duplicates, basis } = count;
  const run = runSpan(timeline);
  const whole = selection.spans.some(({ from, to }) => from <= run.from && to >= run.to);
  if (duplicates > 0 && !whole) {
    return unknown("count", `${duplicates} in the whole run, but not known when`);
  }
  const text = basis === null ? String(duplicates) : `${duplicates} (${basis})`;
  return known("count", duplicates, { text, doubts: unseen(count, totalsOf(traffic.buckets).ok) });
}

interface Count {
  readonly duplicates: number;
  readonly orders: number;
  readonly basis: string | null;
}

function unseen({ orders, duplicates }: Count, answered: number): string[] {
  const seen = orders - duplicates;
  if (seen >= answered) return [];
  return [
    `only ${formatCount(seen)} of ${formatCount(answered)} answered requests were seen to be carried out`,
  ];
}

function countOf(facts: Json, traffic: string): Count[] {
  if (typeof facts !== "object" || facts === null || Array.isArray(facts)) return [];
  const { traffic: of, duplicates, orders, basis } = facts as Readonly<Record<string, Json>>;
  if (of !== traffic || typeof duplicates !== "number" || typeof orders !== "number") return [];
  return [{ duplicates, orders, basis: typeof basis === "string" ? basis : null }];
}
