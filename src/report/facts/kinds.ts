import type { StepPlan } from "../../model/plan.ts";

/** True of harm that is over as soon as it is done. A random step says so per kind. */
export function isInstant(
  steps: readonly StepPlan[],
  injection: { readonly step: string; readonly kind: string },
): boolean {
  const plan = steps.find(({ id }) => id === injection.step);
  if (!plan) return false;
  return isInstantOf(plan, injection.kind);
}

/** The same of a step at hand. */
export function isInstantOf(plan: StepPlan, kind: string): boolean {
  const choice = plan.alternatives?.find((each) => each.kind === kind);
  return choice === undefined ? !plan.held : choice.forMs === null;
}

/** `crash`, or of a random step `crash or pause`. */
export function kindText({ kind, alternatives }: StepPlan): string {
  if (alternatives === undefined) return kind;
  return [...new Set(alternatives.map((each) => each.kind))].join(" or ");
}
