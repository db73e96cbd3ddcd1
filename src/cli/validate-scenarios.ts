import type { Plan } from "../model/plan.ts";
import type { Host } from "./host.ts";
import { loadPlans, type PlanFlags } from "./load-plans.ts";

/** Says of each scenario what it holds. Throws ProblemsError with every problem of all of them. */
export function validateScenarios(
  host: Host,
  files: readonly string[],
  flags: PlanFlags & { readonly json: boolean },
): void {
  const plans = loadPlans(host.world, files, flags).map(({ plan }) => plan);
  if (flags.json) host.stdout.line(JSON.stringify(plans.length === 1 ? plans[0] : plans, null, 2));
  else
    for (const [index, plan] of plans.entries())
      host.stdout.line(`${files[index]}: ${describe(plan)}`);
}

function describe({ name, steps, traffic, assertions }: Plan): string {
  const parts = [
    counted(traffic.length, "traffic"),
    counted(steps.length, "step"),
    counted(assertions.length, "assertion"),
  ];
  return `ok, "${name}" (${parts.join(", ")})`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
