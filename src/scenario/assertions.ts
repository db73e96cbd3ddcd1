import { formatDuration } from "../kit/units.ts";
import type { Assertion, AssertionTest, MeasureTest } from "../model/assertion.ts";
import type { AbortRule, Phases, TrafficPlan } from "../model/plan.ts";
import { parseAssertion } from "./assertion.ts";
import type { ParseContext } from "./context.ts";
import type { AssertShape, Placed } from "./gather.ts";
import { takeCondition } from "./limit.ts";
import { phrase } from "./steps.ts";
import { type KnownNames, takeSubject } from "./subjects.ts";
import { type Timing, windowLength } from "./timing.ts";
import { PhraseError } from "./words.ts";

/** What assertions are checked against. */
export interface AssertContext extends ParseContext {
  readonly names: KnownNames;
  readonly traffic: readonly TrafficPlan[];
  readonly phases: Phases;
  /** null when steps wait for each other in circles, or have other mistakes. */
  readonly timing: Timing | null;
}

/** One line under `assert:`; null with a problem. */
export function toAssertion(context: AssertContext, placed: Placed<AssertShape>): Assertion | null {
  const { value, source } = placed;
  const path = typeof value === "string" ? placed.path : [...placed.path, "that"];
  const text = typeof value === "string" ? value : value.that;
  const place = { source, path };
  try {
    const test = parseAssertion(text, context.names);
    checkMeasurable(context, place, test);
    const why = typeof value === "string" ? null : (value.why ?? null);
    return { text, why, line: source.locate(path).line, test };
  } catch (thrown) {
    if (!(thrown instanceof PhraseError)) throw thrown;
    const { message, hint, offset } = thrown;
    context.problems.add({ ...place, message, hint, offset });
    return null;
  }
}

/** One line under `steady.checks`, which are judged over the baseline; null with a problem. */
export function toSteadyCheck(
  context: AssertContext,
  placed: Placed<AssertShape>,
): Assertion | null {
  const assertion = toAssertion(context, placed);
  if (assertion === null) return null;
  const { test } = assertion;
  const fits =
    (test.about === "measure" && test.window.kind === "run" && !usesBaseline(test)) ||
    (test.about === "state" && test.throughout === null);
  if (fits) return assertion;
  const message = "steady checks are judged over the baseline, before any step";
  const hint = "leave out windows, steps and baselines, as in main.failed == 0";
  context.problems.add({ source: placed.source, path: placed.path, message, hint });
  return null;
}

/** `main.success over 5s < 50%`; null with a problem. */
export function toAbortRule(context: AssertContext, placed: Placed<string>): AbortRule | null {
  const text = placed.value;
  return phrase(context, placed, text, (words) => {
    const { offset } = words;
    const subject = takeSubject(words, context.names);
    const measure = subject.about === "measure" ? subject.measure.name : null;
    if (subject.about !== "measure" || (measure !== "success" && measure !== "failed")) {
      return words.fail(
        "only success or failed can abort a run",
        "write main.success over 5s < 50%",
        offset,
      );
    }
    words.oneOf(["over"], '"over" and a duration');
    const overMs = words.duration();
    const { comparison, limits } = takeCondition(words, subject);
    const [limit] = limits;
    const value = limit?.kind === "percent" ? limit.fraction : 0;
    return {
      traffic: subject.traffic,
      measure,
      overMs,
      comparison,
      limit: limit?.kind === "number" ? limit.value : value,
      text,
    };
  });
}

/** Whether what a measure needs (a baseline, samples) can be there at all. */
function checkMeasurable(
  context: AssertContext,
  place: Pick<Placed<unknown>, "source" | "path">,
  test: AssertionTest,
): void {
  if (test.about !== "measure") return;
  const { problems, phases } = context;
  if (usesBaseline(test) && phases.baselineMs === 0) {
    const message = "there is no baseline to compare with: phases.baseline is 0s";
    problems.add({ ...place, message, hint: "write phases: { baseline: 5s }" });
    return;
  }
  if (test.measure.name !== "latency") return;
  const { quantile } = test.measure;
  const baseline = { kind: "phase", phase: "baseline" } as const;
  for (const window of [test.window, ...(usesBaseline(test) ? [baseline] : [])]) {
    const ms = context.timing === null ? null : windowLength(window, phases, context.timing);
    const short = ms === null ? undefined : tooFew(context, test, ms, quantile);
    if (short === undefined) continue;
    const where = window === baseline ? " in the baseline" : "";
    problems.add({ ...place, message: `${short.message}${where}`, hint: short.hint });
    return;
  }
}

const QUANTILES = [0.999, 0.99, 0.95, 0.9, 0.5];

/** The first traffic that sends fewer than 10/(1-q) requests in that time: the tail of such a percentile is chance. */
function tooFew(
  { traffic }: AssertContext,
  test: MeasureTest,
  ms: number,
  quantile: number,
): { readonly message: string; readonly hint: string } | undefined {
  if (quantile >= 1) return undefined;
  const needed = samplesFor(quantile);
  for (const { name, rate } of traffic) {
    const samples = Math.floor((rate * ms) / 1000 + 1e-6);
    if ((test.traffic !== null && test.traffic !== name) || samples >= needed) continue;
    const fitting = QUANTILES.find((each) => samples >= samplesFor(each));
    const other = fitting === undefined ? "" : `use p${Number((fitting * 100).toFixed(1))}, `;
    const perSecond = Math.ceil((needed * 1000) / Math.max(ms, 1));
    return {
      message: `p${Number((quantile * 100).toFixed(1))} needs ${needed} requests, ${name} sends ${samples} in ${formatDuration(ms)}`,
      hint: `${other}a rate of ${perSecond}/s, or a longer window`,
    };
  }
  return undefined;
}

function samplesFor(quantile: number): number {
  return Math.ceil(10 / (1 - quantile) - 1e-6);
}

function usesBaseline({ limits }: MeasureTest): boolean {
  return limits.some(({ kind }) => kind === "baseline");
}
