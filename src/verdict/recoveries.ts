import { fineDuration, formatDuration } from "../kit/units.ts";
import type { Assertion, FactTest } from "../model/assertion.ts";
import type { InjectionTimeline, StepTimeline, Timeline } from "../model/timeline.ts";
import type { Finding } from "../model/verdict.ts";
import { absentFinding, finding, sentenceOf } from "./findings.ts";
import {
  digitsApart,
  formatAllowed,
  type ResolvedLimit,
  refine,
  type Weight,
  weigh,
} from "./limits.ts";
import { known } from "./measured.ts";
import { failedAt, neverRecovered } from "./steps.ts";
import { runSpan } from "./windows.ts";

/** How long one injection's target took from the end of the harm to its recovery. */
interface Recovery {
  readonly injection: InjectionTimeline;
  /** ms; of one that is not decided, the time it has had so far. */
  readonly ms: number;
  /** `never`: not by itself. `open`: neither recovered nor given up when the run ended. */
  readonly state: "recovered" | "open" | "never" | "harmed";
}

/** Recoveries of a step, of what really was harmed. Only a run that was played to its end gave them their time. */
function recoveriesOf(timeline: Timeline, step: StepTimeline): readonly Recovery[] {
  const end = runSpan(timeline).to;
  const complete = timeline.ended?.reason === "complete";
  return step.injections
    .filter((injection) => injection.target !== null && failedAt(injection) === null)
    .map((injection): Recovery => {
      const { harmEndedAt, recoveredAt } = injection;
      if (complete && neverRecovered(injection))
        return { injection, ms: since(end, harmEndedAt), state: "never" };
      if (harmEndedAt === null) return { injection, ms: 0, state: "harmed" };
      const state = recoveredAt === null ? "open" : "recovered";
      return { injection, ms: since(recoveredAt ?? end, harmEndedAt), state };
    });
}

/**
 * The worst injection counts. One that is undecided is never a pass: it fails when its limit had passed by the end of
 * the run, else it is inconclusive. One that only aegis brought back never recovered.
 */
export function checkRecovery(
  timeline: Timeline,
  assertion: Assertion,
  { comparison }: FactTest,
  step: StepTimeline,
  limits: readonly ResolvedLimit[],
): Finding {
  const recoveries = recoveriesOf(timeline, step);
  const { id } = step.plan;
  if (recoveries.length === 0) {
    const reason = `step ${id} harmed nothing${step.detail === "" ? "" : `: ${step.detail}`}`;
    return absentFinding(assertion, id, { skipped: false, reason });
  }
  const weights = recoveries.map((recovery) => ({
    recovery,
    weight: weighRecovery(recovery, (ms) => weigh(known("ms", ms), comparison, limits)),
  }));
  const wrong = weights.filter(({ weight }) => weight === "broken");
  const doubts = doubtsOf(weights);
  const status = statusOf(wrong.length, doubts.length);
  const times = recoveries.map(({ ms }) => ms);
  const more = digitsApart("ms", times, limits);
  return finding(assertion, {
    status,
    subject: id,
    measured: formatRecoveries(recoveries, more),
    allowed: formatAllowed(
      comparison,
      limits.map((limit) => refine(limit, "ms", more)),
    ),
    value: recoveries.every(({ state }) => state === "recovered") ? Math.max(...times) : null,
    samples: recoveries.length,
    doubts: status === "inconclusive" ? doubts : [],
    sentence: sentenceOf(
      status === "inconclusive" ? doubts : wrong.map(({ recovery }) => explain(recovery, more)),
    ),
  });
}

function weighRecovery({ state, ms }: Recovery, weighMs: (ms: number) => Weight): Weight {
  if (state === "never") return "broken";
  if (state === "harmed") return "unknown";
  const weight = weighMs(ms);
  if (state === "recovered") return weight;
  return weight === "broken" ? "broken" : "unknown";
}

function doubtsOf(weights: readonly { recovery: Recovery; weight: Weight }[]): string[] {
  return weights.flatMap(({ recovery: { injection, state, ms }, weight }) => {
    const { id, target, proven } = injection;
    if (weight === "holds") return proven === false ? [`${id} is not proven`] : [];
    if (weight === "broken") return [];
    if (state === "harmed") return [`the harm of ${id} had not ended when the run did`];
    if (state === "recovered") return [`the limit for ${id} is not known`];
    const so = formatDuration(ms);
    return [`${target?.name} had not recovered from ${id} when the run ended ${so} after the harm`];
  });
}

function statusOf(wrong: number, doubts: number): Finding["status"] {
  if (wrong > 0) return "fail";
  return doubts > 0 ? "inconclusive" : "pass";
}

function explain({ injection: { id, kind, target }, ms, state }: Recovery, more: number): string {
  const who = `${target?.name} after ${id} (${kind})`;
  if (state === "recovered") return `${who} took ${fineDuration(ms, more)} to recover`;
  if (state === "open") return `${who} had not recovered ${fineDuration(ms, more)} after the harm`;
  return `${who} never recovered by itself: give it a restart policy or something that brings it back`;
}

function formatRecoveries(recoveries: readonly Recovery[], more: number): string {
  const done = recoveries.filter(({ state }) => state === "recovered").map(({ ms }) => ms);
  const never = recoveries.filter(({ state }) => state === "never").length;
  const open = recoveries.length - done.length - never;
  const parts = [
    ...(never > 0 ? [recoveries.length === 1 ? "never" : `${never} never`] : []),
    ...(open > 0 ? [recoveries.length === 1 ? "undecided" : `${open} undecided`] : []),
    ...(done.length > 0 ? [formatList(done, more)] : []),
  ];
  return parts.join(", ");
}

function since(to: number, from: number | null): number {
  return from === null ? 0 : Math.max(0, to - from) / 1000;
}

/** `1.2s (of 3: 0.9s, 1.1s, 1.2s)`; of five and more the worst and the median. */
function formatList(values: readonly number[], more: number): string {
  const format = (ms: number) => fineDuration(ms, more);
  const sorted = [...values].sort((a, b) => a - b);
  const worst = format(sorted.at(-1) ?? 0);
  if (sorted.length <= 1) return worst;
  if (sorted.length < 5) return `${worst} (worst of ${sorted.map(format).join(", ")})`;
  const median = sorted[Math.ceil(sorted.length / 2) - 1] as number;
  return `${worst} (worst of ${sorted.length}, median ${format(median)})`;
}
