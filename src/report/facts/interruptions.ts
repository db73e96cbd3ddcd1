import type { Measure } from "../../model/assertion.ts";
import type { SampleRecord } from "../../model/journal.ts";
import type { Timeline, TrafficTimeline } from "../../model/timeline.ts";
import type { Measured } from "../../verdict/measured.ts";
import { measure } from "../../verdict/measures.ts";
import { selectWindow } from "../../verdict/windows.ts";

/** How long the users of one traffic were let down, over the whole measured run. */
export interface Interruptions {
  /** The longest time from the due time of a failure to that of the next success. */
  readonly outage: Measured;
  /** The longest time without a success. */
  readonly gap: Measured;
  /** The time in which some failed. */
  readonly impaired: Measured;
  /** False when there is nothing to tell: nothing failed, and answers came all the time. */
  readonly telling: boolean;
}

/** By the same measures that assertions use. */
export function interruptions(timeline: Timeline, traffic: TrafficTimeline): Interruptions {
  const selection = selectWindow(timeline, { kind: "run" });
  const of = (name: Measure["name"]) =>
    measure({ timeline, traffic, selection }, { name } as Measure);
  const [outage, gap, impaired] = [of("outage"), of("gap"), of("impaired")];
  const noticed = Math.max(NOTICED_MS, (3 * 1000) / traffic.plan.rate);
  const telling = (outage.value ?? 0) > 0 || (gap.value ?? 0) >= noticed;
  return { outage, gap, impaired, telling };
}

/** A pause that somebody would notice although nothing failed. */
const NOTICED_MS = 100;

/** The first failed requests of all traffics, at most so many, and how many failures are not among them. */
export function firstFailures(
  timeline: Timeline,
  most: number,
): { readonly samples: readonly SampleRecord[]; readonly left: number } {
  const all = timeline.traffic.flatMap(({ samples }) => samples).sort((a, b) => a.t - b.t);
  let failed = 0;
  for (const { buckets } of timeline.traffic) {
    for (const { sent, ok } of buckets) failed += sent - ok;
  }
  const samples = all.slice(0, most);
  return { samples, left: Math.max(0, failed - samples.length) };
}
