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
 * start of the span; a replica is ready or healthy only while it runs (a frozen one is neither).
 */
export function stateSpans(
  timeline: Timeline,
  subject: string,
  state: StateName,
  span: Span,
): readonly StateSpan[] {
  const replicas = historiesOf(timeline, subject);
  const before = replicas.map((history) => at(history, span.from)?.restarts ?? 0);
  const cuts = [...new Set([span.from, ...replicas.flatMap((history) => changes(history, span))])];
  cuts.sort((a, b) => a - b);
  const spans = cuts.map((from, index): StateSpan => {
    const now = replicas.map((history) => at(history, from));
    return { from, to: cuts[index + 1] ?? span.to, ...stateOf(replicas, now, state, before) };
  });
  return spans.filter(({ from, to }, index) => from < to || index === spans.length - 1);
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

function stateOf(
  replicas: readonly ReplicaHistory[],
  now: readonly (Replica | null)[],
  state: StateName,
  before: readonly number[],
): Omit<StateSpan, "from" | "to"> {
  const each = now.map((replica, index) => stateOfOne(replica, state, before[index] ?? 0));
  const names = replicas.map(({ name }) => name);
  const isNumber = state === "ready" || state === "healthy" || state === "restarts";
  const words = [...new Set(each.flatMap((value) => (typeof value === "string" ? [value] : [])))];
  return {
    value: isNumber ? each.reduce<number>((sum, value) => sum + Number(value ?? 0), 0) : null,
    words: isNumber ? null : words.sort(),
    each: each.map((value, index) => `${names[index]}=${value ?? "unknown"}`),
    unknown: names.filter((_, index) => each[index] === null),
  };
}

/** A number, a name, or null when it is not known. A life that is no more has no instance: `none`. */
function stateOfOne(
  replica: Replica | null,
  state: StateName,
  before: number,
): number | string | null {
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

function changes({ points }: ReplicaHistory, span: Span): number[] {
  return points.flatMap(({ t }) => (t > span.from && t < span.to ? [t] : []));
}

function at({ points }: ReplicaHistory, t: number): Replica | null {
  return points.findLast((point) => point.t <= t)?.replica ?? null;
}
