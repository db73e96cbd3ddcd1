import type { PhaseName, Window } from "../../model/assertion.ts";
import type { BucketRecord } from "../../model/journal.ts";
import type { Timeline, TrafficTimeline } from "../../model/timeline.ts";
import { bucketsIn } from "../../verdict/scope.ts";
import { selectWindow } from "../../verdict/windows.ts";
import { oncePerRun } from "./once.ts";

/** Who gave the answers of one traffic: a replica or a version, and its share in the run and in each phase. */
export interface AnswerShare {
  readonly traffic: string;
  readonly what: "replica" | "version";
  readonly name: string;
  readonly answers: number;
  /** Of all answers that name one; null where there were none. */
  readonly share: number | null;
  readonly phases: readonly { readonly phase: PhaseName; readonly share: number | null }[];
}

/** The mix per traffic, replicas first, each sorted by name. Empty where answers do not say who gave them. */
export const answerShares = oncePerRun((timeline): readonly AnswerShare[] =>
  timeline.traffic.flatMap((traffic) => [
    ...sharesOf(timeline, traffic, "replica"),
    ...sharesOf(timeline, traffic, "version"),
  ]),
);

function sharesOf(
  timeline: Timeline,
  traffic: TrafficTimeline,
  what: "replica" | "version",
): AnswerShare[] {
  const field = what === "replica" ? "replicas" : "versions";
  const countIn = (window: Window) => {
    const selection = selectWindow(timeline, window);
    return countNames(bucketsIn({ timeline, traffic, selection }), field);
  };
  const whole = countIn({ kind: "run" });
  const phases = timeline.phases
    .filter(({ phase, from, to }) => phase !== "warmup" && to > from)
    .map(({ phase }) => ({ phase, counts: countIn({ kind: "phase", phase }) }));
  return [...whole.keys()].sort().map((name) => ({
    traffic: traffic.plan.name,
    what,
    name,
    answers: whole.get(name) ?? 0,
    share: shareOf(whole, name),
    phases: phases.map(({ phase, counts }) => ({ phase, share: shareOf(counts, name) })),
  }));
}

function countNames(
  buckets: readonly BucketRecord[],
  field: "replicas" | "versions",
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const bucket of buckets) {
    for (const [name, count] of Object.entries(bucket[field])) {
      if (count > 0) counts.set(name, (counts.get(name) ?? 0) + count);
    }
  }
  return counts;
}

function shareOf(counts: ReadonlyMap<string, number>, name: string): number | null {
  let all = 0;
  for (const count of counts.values()) all += count;
  return all === 0 ? null : (counts.get(name) ?? 0) / all;
}
