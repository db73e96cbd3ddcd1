import type { StepTimeline, Timeline } from "../model/timeline.ts";

/** Why the run as a whole cannot be green, whatever its findings: it did not end, or a step is not proven. */
export function runDoubts(timeline: Timeline): readonly string[] {
  const { ended, steps } = timeline;
  if (ended?.reason === "not-steady") return [`no steady state: ${ended.detail}`];
  const complete = ended?.reason === "complete";
  const early = endDoubt(timeline);
  return [
    ...(early === null ? [] : [early]),
    ...steps.flatMap((step) => [...stageDoubt(step, complete), ...proofDoubt(step, complete)]),
  ];
}

/** Why a run was not played to its end, neither in full nor until `abort-when` was met; null when it was. */
export function endDoubt({ ended }: Timeline): string | null {
  if (ended === null) return "the journal was cut short: how the run ended is not known";
  switch (ended.reason) {
    case "time-limit":
    case "failed":
    case "interrupted":
      return ended.detail === "" ? `the run ended early: ${ended.reason}` : ended.detail;
    default:
      return null;
  }
}

/** Of a run that ended early it goes without saying that steps never started. */
function stageDoubt(step: StepTimeline, complete: boolean): string[] {
  const { stage, plan, detail, injections } = step;
  if (stage === "not-injected") {
    return [`step ${plan.id} was not injected${detail === "" ? "" : `: ${detail}`}`];
  }
  if (!complete || injections.length > 0 || stage === "skipped") return [];
  return [`step ${plan.id} ${stage === "pending" ? "never started" : "injected nothing"}`];
}

function proofDoubt({ injections, plan, stage }: StepTimeline, complete: boolean): string[] {
  const failed = injections.filter(({ failure }) => failure !== null);
  const unproven = injections.filter(
    ({ failure, proven }) =>
      failure === null && (proven === false || (proven === null && complete)),
  );
  const [first] = failed;
  return [
    ...(first && stage !== "not-injected"
      ? [`${failed.map(({ id }) => id).join(", ")} could not be injected: ${first.failure}`]
      : []),
    ...(unproven.length > 0
      ? [
          `not proven: ${unproven.map(({ id }) => id).join(", ")} (${unproven.length} of ${injections.length} of ${plan.id}): nothing but aegis itself says that it happened`,
        ]
      : []),
  ];
}
