import type { Json } from "../../kit/world.ts";
import { type Check, errorsCheck, growthCheck, latencyCheck } from "./checks.ts";
import { type Doubt, doubtsOf, missingOf } from "./doubts.ts";
import type { GateRules } from "./rules.ts";
import { failedOf, type Sample, shareOf } from "./sample.ts";
import type { Weighing } from "./weighing.ts";
import { partText, whoText } from "./words.ts";

export interface Decision {
  /** `undecided` is never a pass. */
  readonly verdict: "good" | "bad" | "undecided";
  /** The first of them; null of a good one. */
  readonly cause: Check["cause"] | Doubt["cause"] | null;
  /** Sentences with their numbers: what is held against it, what is missing, or every comparison that it has passed. */
  readonly reasons: readonly string[];
  readonly facts: { readonly [key: string]: Json };
}

/**
 * Is the newcomer worse than the others? `bad` needs a test that is significant and an effect that matters; `good` needs
 * enough answers of both. It is compared, not measured: what all of them suffer from alike is not held against it.
 *
 * To be asked once, when both sides have their samples (`hasEnough`): each further look at growing data is one more chance to
 * call a good newcomer bad, and looking until it passes is no test at all (P. Armitage, C. K. McPherson and B. C. Rowe,
 * "Repeated Significance Tests on Accumulating Data", 1969). Only `isHopeless` may be asked all the time. The tests share
 * `alpha` (Bonferroni).
 */
export function weigh(weighing: Weighing): Decision {
  const { newcomer, others, memory, rules } = weighing;
  const tests = 1 + rules.latency.length + (memory === null ? 0 : 1);
  const alpha = rules.alpha / tests;
  const checks = checksOf(weighing, alpha);
  const facts = factsOf(weighing, { tests, alpha }, checks);
  const decide = (verdict: Decision["verdict"], held: readonly (Check | Doubt)[]): Decision => {
    const cause = verdict === "good" ? null : (held[0]?.cause ?? null);
    return { verdict, cause, reasons: held.map(({ text }) => text), facts };
  };
  if (isHopeless(newcomer, rules)) return decide("bad", [hopeless(newcomer, others, rules)]);
  const missing = missingOf(newcomer, others, rules);
  if (missing.length > 0) return decide("undecided", missing);
  const worse = checks.filter((check) => check.worse);
  if (worse.length > 0) return decide("bad", worse);
  const doubts = doubtsOf(weighing, alpha);
  return doubts.length > 0 ? decide("undecided", doubts) : decide("good", checks);
}

/** Have both sides the answers that a decision needs? */
export function hasEnough(newcomer: Sample, others: Sample, rules: GateRules): boolean {
  return missingOf(newcomer, others, rules).length === 0;
}

/** Does it fail so much that it is bad whatever the others do? Needs no test, and may be asked as often as one likes. */
export function isHopeless(newcomer: Sample, { hopeless }: GateRules): boolean {
  const failed = failedOf(newcomer);
  return failed.of >= hopeless.answers && shareOf(failed) >= hopeless.share;
}

function hopeless(newcomer: Sample, others: Sample, rules: GateRules): Check {
  const check = errorsCheck(newcomer, others, rules, 1);
  const limit = `${100 * rules.hopeless.share}% are bad at once`;
  const against = `${partText(failedOf(others))} of ${whoText(others)}`;
  const text = `errors ${partText(failedOf(newcomer))}: ${limit}; ${against}`;
  return { ...check, worse: true, text };
}

function checksOf({ newcomer, others, memory, rules }: Weighing, alpha: number): Check[] {
  return [
    errorsCheck(newcomer, others, rules, alpha),
    ...rules.latency.map((limit) => latencyCheck(newcomer, others, limit, alpha)),
    ...(memory === null ? [] : [growthCheck(memory, rules, alpha)]),
  ];
}

function factsOf(
  { newcomer, others, unclaimed, memory, rules }: Weighing,
  { tests, alpha }: { readonly tests: number; readonly alpha: number },
  checks: readonly Check[],
): Decision["facts"] {
  const factsAbout = (cause: Check["cause"]): Json[] =>
    checks
      .filter((check) => check.cause === cause)
      .map(({ worse, facts }) => ({ worse, ...facts }));
  return {
    alpha: { together: rules.alpha, tests, each: alpha },
    samples: rules.samples,
    newcomer: { names: newcomer.names, ok: newcomer.ok, failed: newcomer.failed },
    others: { names: others.names, ok: others.ok, failed: others.failed },
    unclaimed,
    errors: factsAbout("errors")[0] ?? null,
    latency: factsAbout("slow"),
    memory: memory === null ? null : (factsAbout("leak")[0] ?? null),
  };
}
