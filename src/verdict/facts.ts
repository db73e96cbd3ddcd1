import type { Json } from "../kit/world.ts";
import type { Assertion, FactTest } from "../model/assertion.ts";
import type { InjectionTimeline, StepTimeline, Timeline } from "../model/timeline.ts";
import type { Finding, VerdictWord } from "../model/verdict.ts";
import { absentFinding, finding, sentenceOf } from "./findings.ts";
import { formatAllowed, type ResolvedLimit, resolveLimits } from "./limits.ts";
import { unknown } from "./measured.ts";
import { checkRecovery } from "./recoveries.ts";

/** `recovery | outcome | reason of STEP`: one finding, or one per step for `every step`. */
export function checkFact(
  timeline: Timeline,
  assertion: Assertion,
  test: FactTest,
): readonly Finding[] {
  const limits = resolveLimits(test.limits, () => unknown("ms", `a ${test.fact} has no baseline`));
  const steps = stepsOf(timeline, test);
  if (steps.length === 0) {
    const reason =
      test.step === null ? "no step did any harm" : `the scenario has no step ${test.step}`;
    return [absentFinding(assertion, test.step ?? "every step", { skipped: false, reason })];
  }
  return steps.map((step) => {
    if (step.stage === "skipped") {
      const reason = `step ${step.plan.id} was skipped: ${step.detail}`;
      return absentFinding(assertion, step.plan.id, { skipped: true, reason });
    }
    if (test.fact === "recovery") return checkRecovery(timeline, assertion, test, step, limits);
    return checkWords(assertion, test, step, limits);
  });
}

function stepsOf({ steps }: Timeline, { step, fact }: FactTest): readonly StepTimeline[] {
  if (step !== null) return steps.filter(({ plan }) => plan.id === step);
  return fact === "recovery"
    ? steps.filter(({ plan }) => plan.target !== null && !plan.staged)
    : steps;
}

/** Each injection's outcome or reason has to be one of the words (or, with `!=`, none of them). */
function checkWords(
  assertion: Assertion,
  test: FactTest,
  step: StepTimeline,
  limits: readonly ResolvedLimit[],
): Finding {
  const values = test.fact === "outcome" ? outcomesOf(step) : reasonsOf(step);
  const listed = new Set(limits.flatMap(({ words }) => words ?? []));
  const wrong = values.filter(
    ({ word }) => word !== null && listed.has(word) === (test.comparison === "!="),
  );
  const open = values.filter(({ word }) => word === null);
  const status = statusOf(wrong.length, open.length + (values.length === 0 ? 1 : 0));
  const nothing = `nothing is known of the ${test.fact} of ${step.plan.id}`;
  const doubts = open.map(({ id, why }) => `the ${test.fact} of ${id} is not known${why}`);
  return finding(assertion, {
    status,
    subject: step.plan.id,
    measured:
      [...new Set(values.map(({ word }) => word ?? "unknown"))].sort().join(", ") || "unknown",
    allowed: formatAllowed(test.comparison, limits),
    samples: values.length,
    doubts: status === "inconclusive" ? [...doubts, ...(values.length === 0 ? [nothing] : [])] : [],
    sentence: sentenceOf(
      status === "inconclusive"
        ? [doubts[0] ?? nothing]
        : wrong.map(({ id, word, why }) => `${id} ended as ${word}${why}`),
    ),
  });
}

function statusOf(wrong: number, unsure: number): VerdictWord {
  if (wrong > 0) return "fail";
  return unsure > 0 ? "inconclusive" : "pass";
}

/** The outcome of what ended without a conclusion: it is neither this nor that. */
const UNDECIDED = "undecided";

interface Word {
  readonly id: string;
  /** null: undecided. */
  readonly word: string | null;
  readonly why: string;
}

function outcomesOf(step: StepTimeline): readonly Word[] {
  if (step.injections.length === 0 && step.stage === "not-injected") {
    return [{ id: `step ${step.plan.id}`, word: "not-injected", why: `: ${step.detail}` }];
  }
  return step.injections.map((injection) => {
    const { id, outcome } = injection;
    return { id, word: outcome === UNDECIDED ? null : outcome, why: whyOf(injection) };
  });
}

/** What it says of itself; else whom it struck. */
function whyOf({ target, failure, records }: InjectionTimeline): string {
  if (failure !== null) return `: ${failure}`;
  const detail = records.map(({ facts }) => textIn(facts, "detail")).findLast(Boolean);
  return detail ? `: ${detail}` : ` (${target?.name ?? "the stack"})`;
}

/** The last `reason` that an injection's records carry in their facts. */
function reasonsOf(step: StepTimeline): readonly Word[] {
  return step.injections.map(({ id, records }) => ({
    id,
    word: records.map(({ facts }) => textIn(facts, "reason")).findLast(Boolean) ?? null,
    why: "",
  }));
}

function textIn(facts: Json, name: "reason" | "detail"): string | null {
  if (typeof facts !== "object" || facts === null || Array.isArray(facts)) return null;
  const text = (facts as Readonly<Record<string, Json>>)[name];
  return typeof text === "string" ? text : null;
}
