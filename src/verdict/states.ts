import { countBefore } from "../kit/search.ts";
import type { StateName } from "../model/assertion.ts";
import type { Replica } from "../model/replica.ts";
import type { ReplicaHistory, Span, Timeline } from "../model/timeline.ts";

/** What a state assertion's subject was over a stretch of time: it holds from `from` to `to`. */
export interface StateSpan extends Span {
  /** Number of replicas, or of restarts; null for names. */
  readonly value: number | null;
  /** Sorted distinct names; null for numbers. */
  readonly words: readonly string[] | null;
  /** One `replica=value` for each replica: what `unchanged` compares. */
  readonly each: readonly string[];
  /** Replicas of which the engine had said nothing by then: what they were is not known. */
  readonly unknown: readonly string[];
}

/**
 * The state of a service or replica as a step function over a span, from what the engine saw. `restarts` counts from the
 * start of the span; a replica is ready or healthy only while it runs (a frozen one is neither). One pass over the changes
 * of all replicas in order.
 */
export function stateSpans(
  timeline: Timeline,
  subject: string,
  state: StateName,
  span: Span,
): readonly StateSpan[] {
  const courses = historiesOf(timeline, subject).map((history) => courseOf(history, state, span));
  const names = courses.map(({ name }) => name);
  const now = courses.map(({ start }) => start);
  const changes = courses
    .flatMap((course, index) => course.changes.map((change) => ({ ...change, index })))
    .sort((a, b) => a.t - b.t);
  const spans: StateSpan[] = [];
  let from = span.from;
  for (const { t, value, index } of changes) {
    if (t > from) spans.push({ from, to: t, ...stateOf(names, now, state) });
    now[index] = value;
    from = t;
  }
  spans.push({ from, to: span.to, ...stateOf(names, now, state) });
  return spans;
}

/** The first and the last state of a span, without what lies between: the last one holds from the last thing seen. */
export function stateEnds(
  timeline: Timeline,
  subject: string,
  state: StateName,
  span: Span,
): { readonly first: StateSpan; readonly last: StateSpan } {
  const histories = historiesOf(timeline, subject);
  const names = histories.map(({ name }) => name);
  const starts = histories.map(
    ({ points }) => points[countBefore(points, (point) => point.t <= span.from) - 1],
  );
  const ends = histories.map(({ points }) =>
    points.findLast(({ t }) => t < span.to || t <= span.from),
  );
  const stateWith = (points: readonly (Point | undefined)[]) =>
    stateOf(
      names,
      points.map((point, index) =>
        valueAt(histories[index] as ReplicaHistory, point, state, starts[index]),
      ),
      state,
    );
  const seen = ends.map((point) => point?.t ?? span.from);
  return {
    first: { ...span, ...stateWith(starts) },
    last: { from: Math.max(span.from, ...seen), to: span.to, ...stateWith(ends) },
  };
}

/** The replicas of a service, or the one replica of that name, as declared and as seen. */
export function historiesOf(timeline: Timeline, subject: string): readonly ReplicaHistory[] {
  const declared = timeline.header.services[subject] ?? [];
  const seen = timeline.replicas.filter(
    ({ name, service }) => service === subject || name === subject,
  );
  const silent = declared.filter((name) => !seen.some((history) => history.name === name));
  const missing = silent.map((name) => ({ name, service: subject, key: name, points: [] }));
  return [...seen, ...missing];
}

type Point = ReplicaHistory["points"][number];
/** null: not known; undefined: there is no such replica then. */
type Value = number | string | null | undefined;

/** What one replica was at the start of a span, and every change of that within it. */
interface Course {
  readonly name: string;
  readonly start: Value;
  readonly changes: readonly { readonly t: number; readonly value: Value }[];
}

function courseOf(history: ReplicaHistory, state: StateName, span: Span): Course {
  const { name, points } = history;
  const first = countBefore(points, (point) => point.t <= span.from);
  const before = points[first - 1];
  const start = valueAt(history, before, state, before);
  const changes: { t: number; value: Value }[] = [];
  let last = start;
  for (let index = first; index < points.length; index++) {
    const point = points[index] as Point;
    if (point.t >= span.to) break;
    const value = valueAt(history, point, state, before);
    if (value !== last) changes.push({ t: point.t, value });
    last = value;
  }
  return { name, start, changes };
}

function stateOf(
  all: readonly string[],
  values: readonly Value[],
  state: StateName,
): Omit<StateSpan, "from" | "to"> {
  const names = all.filter((_, index) => values[index] !== undefined);
  const each = values.filter((value) => value !== undefined);
  const isNumber = state === "ready" || state === "healthy" || state === "restarts";
  const words = [...new Set(each.flatMap((value) => (typeof value === "string" ? [value] : [])))];
  return {
    value: isNumber ? each.reduce<number>((sum, value) => sum + Number(value ?? 0), 0) : null,
    words: isNumber ? null : words.sort(),
    each: each.map((value, index) => `${names[index]}=${value ?? "unknown"}`),
    unknown: names.filter((_, index) => each[index] === null),
  };
}

function valueAt(
  { passing }: ReplicaHistory,
  point: Point | undefined,
  state: StateName,
  before: Point | undefined,
): Value {
  if (passing && (point === undefined || point.replica.state === "removed")) return undefined;
  return stateOfOne(point?.replica ?? null, state, before?.replica.restarts ?? 0);
}

/** A number, a name, or null when it is not known. A life that is no more has no instance: `none`. */
function stateOfOne(replica: Replica | null, state: StateName, before: number): Value {
  if (replica === null) return null;
  const runs = replica.state === "running";
  switch (state) {
    case "ready":
      return runs && replica.ready ? 1 : 0;
    case "healthy":
      return runs && replica.health === "healthy" ? 1 : 0;
    case "restarts":
      return Math.max(0, replica.restarts - before);
    case "instance":
      return replica.instance ?? "none";
    case "version":
      return replica.version;
    case "revision":
      return null;
  }
}
