import { formatDuration } from "../kit/units.ts";
import type { StepTimeline, Timeline } from "../model/timeline.ts";

/** Why the run as a whole cannot be green, whatever its findings: it did not end, or a step is not proven. */
export function runDoubts(timeline: Timeline): readonly string[] {
  const { ended, steps } = timeline;
  if (ended?.reason === "not-steady") return [`no steady state: ${ended.detail}`];
  const complete = ended?.reason === "complete";
  const early = endDoubt(timeline);
  return [
    ...(early === null ? [] : [early]),
    ...removedDoubts(timeline),
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
    case "stopped":
      return ended.detail === "" ? `the run ended early: ${ended.reason}` : ended.detail;
    default:
      return null;
  }
}

/** What somebody else took away, while aegis harmed the same stack: what was measured is no longer of the stack as it was. */
function removedDoubts({ events }: Timeline): string[] {
  return events
    .filter(({ event }) => event.type === "removed" && event.by === "itself")
    .map(({ t, event: { replica } }) => {
      const when = formatDuration(t / 1000);
      return `${replica.name} was removed ${when} into the run, and not by aegis`;
    });
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
