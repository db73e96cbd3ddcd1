import type { YamlSource } from "../kit/source.ts";
import type { Assertion } from "../model/assertion.ts";
import type { AbortRule, Phases } from "../model/plan.ts";
import { parseAssertion } from "./assertion.ts";
import { type BasisContext, checkBasis } from "./basis.ts";
import type { AssertShape, Placed } from "./gather.ts";
import { takeCondition } from "./limit.ts";
import { checkMeasurable, usesBaseline } from "./samples.ts";
import { phrase } from "./steps.ts";
import { type KnownNames, takeSubject } from "./subjects.ts";
import type { Timing } from "./timing.ts";
import { PhraseError } from "./words.ts";

/** What assertions are checked against. */
export interface AssertContext extends BasisContext {
  /** The scenario itself: only its own lines have numbers. */
  readonly root: YamlSource;
  readonly names: KnownNames;
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
    checkBasis(context, place, test);
    const why = typeof value === "string" ? null : (value.why ?? null);
    const line = source.file === context.root.file ? source.locate(path).line : null;
    return { text, why, line, test };
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
