import type { Plan } from "../model/plan.ts";
import type { Stage } from "./stage.ts";

const POLL_MS = 25;

/** The recovery phase lasts its length, and on until each recovery is decided or its limit has passed. */
export async function finishRecovery(stage: Stage): Promise<void> {
  const { plan } = stage.options;
  const from = stage.now();
  const shortest = from + plan.phases.recoveryMs * 1000;
  const limit = recoveryLimitMs(plan) * 1000;
  const undecided = (): boolean =>
    stage.conductor
      .undecided()
      .some(({ harmEndedAt }) => stage.now() < Math.max(shortest, (harmEndedAt ?? from) + limit));
  while (!stage.over.aborted && (stage.now() < shortest || undecided())) {
    await stage.sleep(POLL_MS);
  }
}

/** The laxest limit of any `recovery of ...` assertion; 0 when there is none. */
function recoveryLimitMs(plan: Plan): number {
  const limits = plan.assertions.flatMap(({ test }) =>
    test.about === "fact" && test.fact === "recovery" ? test.limits : [],
  );
  return Math.max(0, ...limits.map((limit) => (limit.kind === "duration" ? limit.ms : 0)));
}
