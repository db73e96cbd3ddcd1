import { errorsCheck } from "./checks.ts";
import type { GateRules } from "./rules.ts";
import { failedOf, type Sample } from "./sample.ts";
import type { Weighing } from "./weighing.ts";

/** Why nothing can be concluded. */
export interface Doubt {
  readonly cause: "too-few-answers" | "no-basis" | "unclaimed";
  readonly text: string;
}

/** What keeps either side from being weighed at all. */
export function missingOf(newcomer: Sample, others: Sample, { samples }: GateRules): Doubt[] {
  const has = failedOf(newcomer).of;
  const had = failedOf(others).of;
  const doubts: Doubt[] = [];
  if (had === 0) {
    const text = "nobody else answered at the same time: there is nothing to compare it with";
    doubts.push({ cause: "no-basis", text });
  } else if (had < samples) {
    const names = others.names.join(", ");
    doubts.push(tooFew(`only ${had} answers of ${names} at the same time, ${samples} are needed`));
  }
  if (has < samples) {
    doubts.push(tooFew(`only ${has} answers of the new replica, ${samples} are needed`));
  }
  return doubts;
}

/** What keeps a newcomer that is not shown to be worse from being good. `alpha`: of one test alone. */
export function doubtsOf(weighing: Weighing, alpha: number): Doubt[] {
  return [...thinLatency(weighing), ...thinMemory(weighing), ...unclaimedFailures(weighing, alpha)];
}

/** Latency is of good answers: those of half the samples must be there. */
function thinLatency({ newcomer, others, rules: { samples } }: Weighing): Doubt[] {
  const least = Math.ceil(samples / 2);
  if (newcomer.ok >= least && others.ok >= least) return [];
  const counts = `${newcomer.ok} good answers against ${others.ok}`;
  return [tooFew(`${counts}: too few to compare latency, ${least} of each are needed`)];
}

function thinMemory({ memory, rules: { growth } }: Weighing): Doubt[] {
  if (memory === null || memory.newcomer.length >= growth.readings) return [];
  const count = memory.newcomer.length;
  const text = `only ${count} readings of the new replica's memory, ${growth.readings} are needed`;
  return [{ cause: "no-basis", text }];
}

/** Whose they are is not known: were all of them the newcomer's, would it be bad? */
function unclaimedFailures(
  { newcomer, others, unclaimed, rules }: Weighing,
  alpha: number,
): Doubt[] {
  const worst = { ...newcomer, failed: newcomer.failed + unclaimed };
  const check = errorsCheck(worst, others, rules, alpha);
  if (unclaimed === 0 || !check.worse) return [];
  const text = `${unclaimed} requests failed at the same time without a name; were they the new replica's: ${check.text}`;
  return [{ cause: "unclaimed", text }];
}

function tooFew(text: string): Doubt {
  return { cause: "too-few-answers", text };
}
