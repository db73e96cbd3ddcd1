import type { Assertion, MeasureTest } from "../model/assertion.ts";
import type { Timeline, TrafficTimeline } from "../model/timeline.ts";
import type { Finding, VerdictWord } from "../model/verdict.ts";
import { latenessDoubt, standstillDoubt, testerDoubts } from "./doubts.ts";
import { explainMeasure } from "./explain.ts";
import { checkFact } from "./facts.ts";
import { absentFinding, finding, sentenceOf } from "./findings.ts";
import {
  compare,
  digitsApart,
  formatAllowed,
  laxest,
  type ResolvedLimit,
  refine,
  resolveLimits,
  weigh,
} from "./limits.ts";
import type { Measured } from "./measured.ts";
import { measure } from "./measures.ts";
import type { Scope } from "./scope.ts";
import { checkState } from "./state-checks.ts";
import { timeoutDoubt } from "./timeout-doubts.ts";
import { type Moment, unplayedDoubt } from "./unplayed.ts";
import { selectWindow } from "./windows.ts";

/**
 * Weighs one assertion: one finding, or one per traffic or step where it names none. `now`: on what has been seen so far,
 * as if it were all; `ended`: what a run that was not played to its end could still have made true is inconclusive.
 */
export function checkAssertion(
  timeline: Timeline,
  assertion: Assertion,
  moment: Moment = "now",
): readonly Finding[] {
  const { test } = assertion;
  if (test.about === "fact") return checkFact(timeline, assertion, test);
  if (test.about === "state") return [checkState(timeline, assertion, test, moment)];
  const traffics = timeline.traffic.filter(
    ({ plan }) => test.traffic === null || plan.name === test.traffic,
  );
  if (traffics.length === 0) {
    const reason = test.traffic === null ? "there was no traffic" : `no traffic ${test.traffic}`;
    return [absentFinding(assertion, test.traffic ?? "traffic", { skipped: false, reason })];
  }
  return traffics.map((traffic) => checkMeasure(timeline, { ...assertion, test }, traffic, moment));
}

function checkMeasure(
  timeline: Timeline,
  assertion: Assertion & { readonly test: MeasureTest },
  traffic: TrafficTimeline,
  moment: Moment,
): Finding {
  const { test } = assertion;
  const subject = traffic.plan.name;
  const selection = selectWindow(timeline, test.window);
  if (selection.absent) return absentFinding(assertion, subject, selection.absent);
  const scope = { timeline, traffic, selection };
  const rough = measure(scope, test.measure);
  const baseline = selectWindow(timeline, { kind: "phase", phase: "baseline" });
  const roughLimits = resolveLimits(test.limits, () =>
    measure({ ...scope, selection: baseline }, test.measure),
  );
  const { measured, limits } = tellApart(rough, roughLimits);
  const { status, doubts, broken } = decide({ ...scope, moment }, test, measured, limits);
  return finding(assertion, {
    status,
    subject,
    measured: measured.text,
    allowed: formatAllowed(test.comparison, limits),
    value: measured.value,
    samples: measured.samples,
    windows: selection.spans,
    doubts,
    sentence: [
      sentenceOf(doubts),
      broken ? explainMeasure(scope, test, measured, laxest(test.comparison, limits)) : "",
    ]
      .filter((part) => part !== "")
      .join(" "),
  });
}

/** In texts that differ where the numbers do. */
function tellApart(
  measured: Measured,
  limits: readonly ResolvedLimit[],
): { readonly measured: Measured; readonly limits: readonly ResolvedLimit[] } {
  const { unit, value } = measured;
  const more = value === null ? 0 : digitsApart(unit, [value], limits);
  return {
    measured: refine(measured, unit, more),
    limits: limits.map((limit) => refine(limit, unit, more)),
  };
}

interface Decision {
  readonly status: VerdictWord;
  readonly doubts: readonly string[];
  readonly broken: boolean;
}

function decide(
  scope: Scope & { readonly moment: Moment },
  test: MeasureTest,
  measured: Measured,
  limits: readonly ResolvedLimit[],
): Decision {
  const weight = weigh(measured, test.comparison, limits);
  if (weight === "unknown") {
    return { status: "inconclusive", doubts: whyUnknown(measured, limits), broken: false };
  }
  const broken = weight === "broken";
  const unplayed =
    broken && scope.moment === "ended" ? unplayedDoubt(scope, test, measured, limits) : [];
  if (unplayed.length > 0) return { status: "inconclusive", doubts: unplayed, broken: false };
  const limit = laxest(test.comparison, limits);
  const doubts = broken
    ? [latenessDoubt, standstillDoubt, timeoutDoubt].flatMap((of) => of(scope, test.measure, limit))
    : [...passDoubts(scope, test, measured), ...nobodyDoubt(test, measured, limits)];
  if (doubts.length > 0) return { status: "inconclusive", doubts, broken };
  return { status: broken ? "fail" : "pass", doubts, broken };
}

function passDoubts(
  scope: Scope,
  { measure: { name } }: MeasureTest,
  measured: Measured,
): string[] {
  const tester = name === "dropped" ? [] : testerDoubts(scope);
  return [...scope.selection.doubts, ...measured.doubts, ...tester];
}

/** That the wrong ones did not answer says nothing where nobody did, unless nobody is what was asked for. */
function nobodyDoubt(
  { measure: { name }, comparison }: MeasureTest,
  { words }: Measured,
  limits: readonly ResolvedLimit[],
): string[] {
  if (words === null || words.length > 0) return [];
  const asked = limits.some(
    ({ value }) =>
      value !== null &&
      comparison !== "!=" &&
      compare(0, comparison, value) &&
      !compare(1, comparison, value),
  );
  const what = name === "versions" ? "version" : "replica";
  return asked ? [] : [`no answer named its ${what} in this window`];
}

function whyUnknown(measured: Measured, limits: readonly ResolvedLimit[]): readonly string[] {
  const reasons = [measured.unfit, ...limits.map(({ unfit }) => unfit)].filter(
    (unfit) => unfit !== null,
  );
  if (reasons.length > 0) return reasons;
  return [`it is ${measured.text}, which decides nothing against this limit`];
}
