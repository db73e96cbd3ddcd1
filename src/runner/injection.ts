import type { Json } from "../kit/world.ts";
import type { Evidence, StepKind } from "../model/kind.ts";
import type { EngineEvent, TargetRef } from "../model/replica.ts";
import type { RunCourse } from "./course.ts";
import type { RecoveryWatch } from "./recovery.ts";

/** One application of a step to one target, while the run is on. Times are µs since run start. */
export interface Injection {
  readonly id: string;
  readonly step: string;
  readonly kind: StepKind;
  readonly target: TargetRef | null;
  readonly params: Json;
  /** What `prepare` read; null until then. */
  before: Json;
  applied: Json;
  /** Its harm is written ahead and not yet undone. */
  inLedger: boolean;
  stage: "applying" | "applied" | "failed" | "reverting" | "ended" | "recovered" | "unrecovered";
  applyingAt: number;
  appliedAt: number | null;
  harmEndedAt: number | null;
  /** What the engine told of this target since `applying`, and when. */
  readonly seen: { readonly event: EngineEvent; readonly t: number }[];
  proven: boolean | null;
  recovery: RecoveryWatch | null;
  /** Of staged kinds, from their beginning. */
  course: RunCourse | null;
}

/** What the schedule wants done. */
export interface InjectOrder {
  readonly step: string;
  readonly injection: string;
  readonly kind: string;
  readonly params: Json;
  readonly target: TargetRef | null;
  readonly irreversible: boolean;
}

/** A kind without a target acts on the stack as a whole: the powers get this in its place. */
export const NO_TARGET: TargetRef = { key: "", service: "", name: "", instance: null };

export function newInjection(
  start: Pick<Injection, "id" | "step" | "kind" | "target" | "params">,
  applyingAt: number,
): Injection {
  return {
    ...start,
    before: null,
    applied: null,
    inLedger: false,
    stage: "applying",
    applyingAt,
    appliedAt: null,
    harmEndedAt: null,
    seen: [],
    proven: null,
    recovery: null,
    course: null,
  };
}

/** What undoing it is about, by key: one with stages is about all that it has a guard for, and about the others with stages. */
export function touchedBy({ kind, target, course }: Injection): string[] {
  if (!kind.staged) return [target?.key ?? ""];
  return [kind.name, ...(course?.guards ?? []).map((guard) => guard.target.key)];
}

/** Weighs the evidence so far. */
export function isProven(injection: Injection): boolean {
  return injection.kind.proof(evidenceOf(injection));
}

export function outcomeOf(injection: Injection): string {
  return injection.kind.outcome(evidenceOf(injection));
}

function evidenceOf({ seen, applied, target }: Injection): Evidence {
  return { events: seen.map(({ event }) => event), applied, target: target ?? NO_TARGET };
}

/** Its harm lasts until it is undone. */
export function isHeld({ kind, params }: Injection): boolean {
  return kind.holds(params);
}

/** The life that ended by this injection, so that its last readiness is not taken for a recovery. */
export function endedLife(injection: Injection): string | null {
  const died = deathIn(injection);
  if (died) return died.event.instance;
  const instant = injection.kind.role === "fault" && !isHeld(injection);
  return instant ? (injection.target?.instance ?? null) : null;
}

/**
 * When an injection that has been applied by `now` took effect: an instant fault at the death that it caused, if one is
 * known by then, however long aegis took to hear of its success. A policy may have revived the target meanwhile. Deaths in
 * the course of one with stages are no end of it.
 */
export function tookEffectAt(injection: Injection, now: number): number {
  if (isHeld(injection) || injection.kind.staged) return now;
  return Math.min(deathIn(injection)?.t ?? now, now);
}

function deathIn({ seen }: Injection): Injection["seen"][number] | undefined {
  return seen.find(({ event }) => event.type === "died");
}
