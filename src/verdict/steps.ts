import type { InjectionRecord, StepRecord } from "../model/journal.ts";
import type { StepPlan } from "../model/plan.ts";
import type { InjectionTimeline, StepTimeline } from "../model/timeline.ts";

/** One step's part of the journal. That it was skipped, or once found no target, is not undone by a later stage. */
export function foldStep(
  plan: StepPlan,
  records: readonly StepRecord[],
  injections: readonly InjectionRecord[],
): StepTimeline {
  const telling =
    records.find(({ stage }) => stage === "not-injected" || stage === "skipped") ?? records.at(-1);
  const byId = new Map<string, InjectionRecord[]>();
  for (const record of injections) {
    byId.set(record.injection, [...(byId.get(record.injection) ?? []), record]);
  }
  return {
    plan,
    stage: telling?.stage ?? "pending",
    detail: telling?.detail ?? "",
    startedAt: records.find(({ stage }) => stage === "started")?.t ?? null,
    endedAt: records.findLast(({ stage }) => stage === "ended")?.t ?? null,
    injections: [...byId.values()].map((own) => foldInjection(plan, own)),
  };
}

function foldInjection(plan: StepPlan, records: readonly InjectionRecord[]): InjectionTimeline {
  const first = records[0] as InjectionRecord;
  const at = (stage: InjectionRecord["stage"]) =>
    records.find((record) => record.stage === stage) ?? null;
  const appliedAt = at("applied")?.t ?? null;
  const proven = provenOf(at("proven"), at("unproven"), at("failed"));
  return {
    id: first.injection,
    kind: first.kind,
    target: first.target,
    applyingAt: first.t,
    appliedAt,
    failure: at("failed")?.detail ?? null,
    proven,
    outcome: proven === false ? "not-injected" : (at("proven")?.outcome ?? null),
    harmEndedAt: isHeld(plan, first.kind) ? (at("ended")?.t ?? null) : appliedAt,
    recoveredAt: at("unrecovered") ? null : (at("recovered")?.t ?? null),
    records,
  };
}

function provenOf(
  proven: InjectionRecord | null,
  unproven: InjectionRecord | null,
  failed: InjectionRecord | null,
): boolean | null {
  if (unproven || failed) return false;
  return proven ? true : null;
}

/** Is harm of this kind on until it is undone? Of a monkey's step each kind says so for itself. */
export function isHeld({ alternatives, held }: StepPlan, kind: string): boolean {
  const choice = alternatives?.find((each) => each.kind === kind);
  return choice === undefined ? held : choice.forMs !== null;
}

/** Brought back only by aegis, or not well again when the run ended: it never recovered by itself. */
export function neverRecovered(injection: InjectionTimeline): boolean {
  return injection.records.some(({ stage }) => stage === "unrecovered");
}

/** It was never brought about: the engine or the replica refused. */
export function failedAt(injection: InjectionTimeline): number | null {
  return injection.records.find(({ stage }) => stage === "failed")?.t ?? null;
}
