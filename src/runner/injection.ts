import type { Json } from "../kit/world.ts";
import type { StepKind } from "../model/kind.ts";
import type { EngineEvent, TargetRef } from "../model/replica.ts";
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
  /** Of this target, since `applying`. */
  readonly events: EngineEvent[];
  proven: boolean | null;
  recovery: RecoveryWatch | null;
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
    events: [],
    proven: null,
    recovery: null,
  };
}

/** Weighs the evidence so far. */
export function isProven(injection: Injection): boolean {
  const { kind, events, applied, target } = injection;
  return kind.proof({ events, applied, target: target ?? NO_TARGET });
}

export function outcomeOf(injection: Injection): string {
  const { kind, events, applied, target } = injection;
  return kind.outcome({ events, applied, target: target ?? NO_TARGET });
}

/** Its harm lasts until it is undone. */
export function isHeld({ kind, params }: Injection): boolean {
  return kind.holds(params);
}

/** The life that ended by this injection, so that its last readiness is not taken for a recovery. */
export function endedLife(injection: Injection): string | null {
  const died = injection.events.find(({ type }) => type === "died");
  if (died) return died.instance;
  const instant = injection.kind.role === "fault" && !isHeld(injection);
  return instant ? (injection.target?.instance ?? null) : null;
}
