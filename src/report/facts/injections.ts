import type { InjectionTimeline, StepTimeline, Timeline } from "../../model/timeline.ts";
import { isInstantOf } from "./kinds.ts";

/** How one injection ended, in a word: what a person looks for first. */
export type InjectionState =
  | "failed"
  | "not proven"
  | "not recovered"
  | "undecided"
  | "recovered"
  | "done";

export interface InjectionFacts {
  readonly injection: InjectionTimeline;
  readonly state: InjectionState;
  /** From the end of the harm to healthy again, µs; null when there is nothing to recover or it never did. */
  readonly recovery: number | null;
  /** From taking effect to the end of the harm, µs; null for instant harm and while unknown. */
  readonly held: number | null;
}

/** The injections of a step, in the order they were applied. Only a run that came to its end gave recoveries their time. */
export function injectionFacts({ ended }: Timeline, step: StepTimeline): InjectionFacts[] {
  const complete = ended?.reason === "complete";
  return step.injections.map((injection) => {
    const { harmEndedAt, recoveredAt, appliedAt } = injection;
    return {
      injection,
      state: stateOf(injection, complete),
      recovery: harmEndedAt === null || recoveredAt === null ? null : recoveredAt - harmEndedAt,
      held:
        !isInstantOf(step.plan, injection.kind) && appliedAt !== null && harmEndedAt !== null
          ? harmEndedAt - appliedAt
          : null,
    };
  });
}

/** True of what a reader must not overlook. */
export function isNoteworthy({ state }: InjectionFacts): boolean {
  return state !== "recovered" && state !== "done";
}

function stateOf(injection: InjectionTimeline, complete: boolean): InjectionState {
  if (injection.failure !== null) return "failed";
  if (injection.proven === false) return "not proven";
  const missed = injection.records.some(({ stage }) => stage === "unrecovered");
  if (missed && complete) return "not recovered";
  if (injection.target === null) return "done";
  return injection.recoveredAt === null ? "undecided" : "recovered";
}
