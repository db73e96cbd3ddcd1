import { countBefore } from "../kit/search.ts";
import type { Measure } from "../model/assertion.ts";
import { BUCKET_US } from "../model/journal.ts";
import type { Span } from "../model/timeline.ts";
import { mergedQuantile } from "./latency.ts";
import { plural } from "./measured.ts";
import { notedStretches } from "./noted-stretches.ts";
import { bucketsIn, type Scope, type Totals, totalsOf } from "./scope.ts";
import { overlap } from "./windows.ts";

/**
 * Requests timed out while the tester itself stood still for half of their time or longer, or while the host of its machine
 * withheld as much CPU from it, and had these been answered the limit would be kept: their answers may have waited for the
 * tester, or the stack for a CPU, so that a fail is inconclusive.
 */
export function timeoutDoubt(
  scope: Scope,
  measure: Measure,
  limit: number | null,
): readonly string[] {
  const totals = totalsOf(bucketsIn(scope));
  const failures = limit === null ? null : failuresWithin(measure, totals, limit);
  if (failures === null || failures.count <= failures.allowed) return [];
  const { asleep, starved } = excusedTimeouts(scope);
  const excused = asleep + starved;
  if (excused === 0 || failures.count - excused > failures.allowed) return [];
  return [
    ...(asleep === 0
      ? []
      : [
          `the tester itself stood still while ${plural(asleep, "request")} timed out: ${asleep === 1 ? "its answer" : "their answers"} may have waited for it`,
        ]),
    ...(starved === 0
      ? []
      : [
          `the host of this machine gave its CPU to others (steal time) while ${plural(starved, "request")} timed out: the stack may have waited for it`,
        ]),
  ];
}

/** The failures that a measure counts, and how many its limit allows, rounding forgiven; null for one that counts none. */
function failuresWithin(
  measure: Measure,
  { sent, failed, errors }: Totals,
  limit: number,
): { readonly count: number; readonly allowed: number } | null {
  if (measure.name === "failed") return { count: failed, allowed: limit };
  if (measure.name === "success") return { count: failed, allowed: (1 - limit) * sent + 1e-9 };
  if (measure.name !== "errors" || measure.errorClass !== "timeout") return null;
  return { count: errors.get("timeout") ?? 0, allowed: limit };
}

/** Timeouts of requests that the tester could look after for half of their time at most; and of others, whose machine had no CPU for as long. */
function excusedTimeouts(scope: Scope): { readonly asleep: number; readonly starved: number } {
  const timedOut = bucketsIn(scope).filter(({ errors }) => (errors.timeout ?? 0) > 0);
  if (timedOut.length === 0) return { asleep: 0, starved: 0 };
  const halfUs = (scope.traffic.plan.timeoutMs * 1000) / 2;
  const wasAsleep = sleepIn(scope, halfUs);
  const withheldIn = withheld(scope);
  let [asleep, starved] = [0, 0];
  for (const { t, errors } of timedOut) {
    const life = { from: t, to: t + 2 * halfUs };
    const count = errors.timeout ?? 0;
    if (wasAsleep(life)) asleep += count;
    else if (withheldIn(life) >= halfUs) starved += count;
  }
  return { asleep, starved };
}

/** Did the tester stand still for as long as `halfUs` of a request's life? */
function sleepIn(scope: Scope, halfUs: number): (life: Span) => boolean {
  const late = new Set(
    scope.traffic.buckets
      .filter(({ lateness }) => (mergedQuantile([lateness], 1) ?? 0) >= halfUs)
      .map(({ t }) => Math.floor(t / BUCKET_US)),
  );
  const stalls = notedStretches(scope.timeline, "stall");
  return (life) => {
    if (late.size === 0 && stalls.length === 0) return false;
    for (let t = life.from; t < life.to; t += BUCKET_US) {
      if (late.has(Math.floor(t / BUCKET_US))) return true;
    }
    const asleep = stalls.map((stall) => overlap(life, stall));
    return asleep.some((part) => part !== null && part.to - part.from >= halfUs);
  };
}

/** CPU time that the host withheld from the tester's machine in a span, µs of all cores: each stretch that was noted in proportion. */
function withheld({ timeline }: Scope): (span: Span) => number {
  const stretches = notedStretches(timeline, "steal").filter(({ from, to }) => from < to);
  return (span) => {
    let sum = 0;
    for (let i = countBefore(stretches, ({ to }) => to <= span.from); i < stretches.length; i++) {
      const stretch = stretches[i] as (typeof stretches)[number];
      const part = overlap(span, stretch);
      if (part === null) break;
      sum += (stretch.us * (part.to - part.from)) / (stretch.to - stretch.from);
    }
    return sum;
  };
}
