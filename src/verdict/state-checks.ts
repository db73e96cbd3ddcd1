import type { Assertion, Limit, StateTest } from "../model/assertion.ts";
import type { Span, Timeline } from "../model/timeline.ts";
import type { Finding } from "../model/verdict.ts";
import { explainState } from "./explain-state.ts";
import { absentFinding, finding, sentenceOf } from "./findings.ts";
import { formatAllowed, type ResolvedLimit, resolveLimits, type Weight, weigh } from "./limits.ts";
import { formatCount, known, unknown } from "./measured.ts";
import { endDoubt } from "./run-doubts.ts";
import { historiesOf, type StateSpan, stateEnds, stateSpans } from "./states.ts";
import { type Moment, mayGrowToHold } from "./unplayed.ts";
import { runSpan, selectWindow } from "./windows.ts";

/**
 * `app.ready >= 2 throughout during X`, `app1.version == v2`, `app.instance unchanged`: weighed at every moment of the
 * window, or at the end of the run. `unchanged` compares with the start of the window, at the end with that of the run.
 * Of words, each replica's has to be one of those listed. A run that ended early has no end to be judged by.
 */
export function checkState(
  timeline: Timeline,
  assertion: Assertion,
  test: StateTest,
  moment: Moment,
): Finding {
  const selection = test.throughout === null ? null : selectWindow(timeline, test.throughout);
  if (selection?.absent) return absentFinding(assertion, test.subject, selection.absent);
  const windows = selection?.spans ?? [runSpan(timeline)];
  const limits = limitsOf(timeline, test);
  const weighed = windows.flatMap((window) => weighWindow(timeline, test, window, limits));
  const shown = tellingOf(weighed, test);
  const unplayed =
    moment === "ended" && !selection ? unplayedEnd(timeline, test, weighed, limits) : [];
  const doubts = [...unplayed, ...doubtsOf(weighed, selection?.doubts ?? [], test)];
  const status = unplayed.length > 0 ? "inconclusive" : statusOf(weighed, doubts);
  return finding(assertion, {
    status,
    subject: test.subject,
    measured: shown ? textOf(shown.span) : "unknown",
    allowed:
      test.condition === "unchanged"
        ? "unchanged"
        : formatAllowed(test.condition.comparison, limits),
    value: shown?.span.value ?? null,
    windows: selection ? windows : [],
    doubts: status === "inconclusive" ? doubts : [],
    sentence: sentenceFor(timeline, test, status, doubts, weighed),
  });
}

/** The state over one stretch, and whether it keeps the condition. */
interface WeighedState {
  readonly span: StateSpan;
  readonly weight: Weight;
}

function weighWindow(
  timeline: Timeline,
  test: StateTest,
  window: Span,
  limits: readonly ResolvedLimit[],
): WeighedState[] {
  const { subject, state } = test;
  if (test.throughout === null) {
    const { first, last } = stateEnds(timeline, subject, state, window);
    return [{ span: last, weight: weighState(test, last, first, limits) }];
  }
  const states = stateSpans(timeline, subject, state, window);
  const start = states[0] as StateSpan;
  return states.map((span) => ({ span, weight: weighState(test, span, start, limits) }));
}

function limitsOf(timeline: Timeline, { subject, condition }: StateTest): readonly ResolvedLimit[] {
  if (condition === "unchanged") return [];
  const size = historiesOf(timeline, subject).length;
  const limits = condition.limits.map(
    (limit): Limit =>
      limit.kind === "percent" ? { kind: "number", value: limit.fraction * size } : limit,
  );
  return resolveLimits(limits, () => unknown("count", "a state has no baseline"));
}

function weighState(
  { condition }: StateTest,
  span: StateSpan,
  start: StateSpan,
  limits: readonly ResolvedLimit[],
): Weight {
  if (condition === "unchanged") {
    if (span.unknown.length > 0 || start.unknown.length > 0) return "unknown";
    return span.each.every((value, index) => value === start.each[index]) ? "holds" : "broken";
  }
  if (span.each.length === 0) return "unknown";
  const { comparison } = condition;
  if (span.words !== null) return weighEach(span, comparison === "!=", limits);
  const weight = weigh(known("count", span.value as number), comparison, limits);
  return span.unknown.length > 0 ? "unknown" : weight;
}

function weighEach(span: StateSpan, negated: boolean, limits: readonly ResolvedLimit[]): Weight {
  const listed = new Set(limits.flatMap(({ words }) => words ?? []));
  if (listed.size === 0) return "unknown";
  const wrong = span.words?.some((word) => listed.has(word) === negated) ?? false;
  if (wrong) return "broken";
  return span.unknown.length > 0 ? "unknown" : "holds";
}

/** What to show: the first worst of the stretches that break the condition, else the worst of all. */
function tellingOf(weighed: readonly WeighedState[], test: StateTest): WeighedState | undefined {
  const broken = weighed.filter(({ weight }) => weight === "broken");
  const candidates = broken.length > 0 ? broken : weighed;
  const upper = test.condition !== "unchanged" && test.condition.comparison.startsWith("<");
  return candidates.reduce<WeighedState | undefined>((worst, candidate) => {
    const [value, so] = [candidate.span.value ?? 0, worst?.span.value ?? 0];
    return worst === undefined || (upper ? value > so : value < so) ? candidate : worst;
  }, undefined);
}

function doubtsOf(
  weighed: readonly WeighedState[],
  windowDoubts: readonly string[],
  test: StateTest,
): readonly string[] {
  const unsure = weighed.filter(({ weight }) => weight === "unknown");
  const silent = [...new Set(unsure.flatMap(({ span }) => span.unknown))];
  const reasons = silent.map((name) => `the engine did not say the ${test.state} of ${name}`);
  if (unsure.length > 0 && reasons.length === 0) {
    reasons.push(`nothing is known of the ${test.state} of ${test.subject}`);
  }
  return [...reasons, ...windowDoubts];
}

/** Only restarts that are too many already stay so whatever comes. */
function unplayedEnd(
  timeline: Timeline,
  { subject, state, condition }: StateTest,
  weighed: readonly WeighedState[],
  limits: readonly ResolvedLimit[],
): readonly string[] {
  const early = endDoubt(timeline);
  if (early === null) return [];
  const final =
    state === "restarts" &&
    condition !== "unchanged" &&
    weighed.some(
      ({ weight, span: { value } }) =>
        weight === "broken" && !mayGrowToHold({ value, words: null }, condition.comparison, limits),
    );
  return final ? [] : [early, `what ${subject}.${state} would have been at the end is not known`];
}

function statusOf(weighed: readonly WeighedState[], doubts: readonly string[]): Finding["status"] {
  if (weighed.some(({ weight }) => weight === "broken")) return "fail";
  return doubts.length > 0 || weighed.length === 0 ? "inconclusive" : "pass";
}

function textOf(span: StateSpan): string {
  if (span.value !== null) return formatCount(span.value);
  const words = span.words?.join(", ") ?? "";
  return words === "" ? "unknown" : words;
}

function sentenceFor(
  timeline: Timeline,
  test: StateTest,
  status: Finding["status"],
  doubts: readonly string[],
  weighed: readonly WeighedState[],
): string {
  if (status === "inconclusive") return sentenceOf(doubts);
  if (status !== "fail") return "";
  const broken = weighed.flatMap(({ span, weight }) => (weight === "broken" ? [span] : []));
  return explainState(timeline, test, broken);
}
