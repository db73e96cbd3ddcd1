import { AegisError } from "../kit/errors.ts";
import type { StepPlan } from "../model/plan.ts";
import type { Can } from "../model/powers.ts";

/** A step that is not played, and why. */
export interface SkippedStep {
  readonly step: string;
  readonly reason: string;
}

/**
 * The steps that this engine cannot play here and that say `if-unsupported: skip`, with those that wait for them. Throws
 * ENVIRONMENT, with every lacking power and what to do about it, when a step says `fail`.
 */
export function skippedSteps(steps: readonly StepPlan[], can: Can): readonly SkippedStep[] {
  const lacking = steps.flatMap((step) => {
    const power = step.needs.find((name) => can[name] !== true);
    const state = power === undefined ? true : can[power];
    return power === undefined || state === true ? [] : [{ step, power, ...state }];
  });
  const fatal = lacking.filter(({ step }) => step.ifUnsupported === "fail");
  if (fatal.length > 0) {
    const reasons = fatal.map(({ step, power, no }) => `step ${step.id} needs ${power}: ${no}`);
    throw new AegisError("ENVIRONMENT", reasons.join("\n"), {
      hint: [...new Set(fatal.map(({ hint }) => hint)), "or skip it: `if-unsupported: skip`"].join(
        "\n",
      ),
    });
  }
  return withWaiting(
    steps,
    lacking.map(({ step, power, no }) => ({ step: step.id, reason: `needs ${power}: ${no}` })),
  );
}

/** What waits for a step that is never played is never played either. */
function withWaiting(
  steps: readonly StepPlan[],
  skipped: readonly SkippedStep[],
): readonly SkippedStep[] {
  const gone = new Set(skipped.map(({ step }) => step));
  const waiting = steps.flatMap((step) => {
    const on = dependenciesOf(step).find((id) => gone.has(id));
    return on === undefined || gone.has(step.id)
      ? []
      : [{ step: step.id, reason: `depends on ${on}, which is skipped` }];
  });
  return waiting.length === 0 ? skipped : withWaiting(steps, [...skipped, ...waiting]);
}

function dependenciesOf({ start, end, target }: StepPlan): readonly string[] {
  return [
    ...(start.at === "step" ? [start.step] : []),
    ...(end?.after === "step" ? [end.step] : []),
    ...(target?.by === "same-as" ? [target.step] : []),
  ];
}
