import type { z } from "zod";
import type { Json } from "../kit/world.ts";
import type { Hold, PowerName, Powers } from "./powers.ts";
import type { EngineEvent, Replica, TargetRef } from "./replica.ts";

/** What a step does, as the parser, the runner and heal see every kind: nothing of theirs names one of them. */
export interface StepKind {
  readonly name: string;
  /** One line, for `aegis chaos kinds`. */
  readonly summary: string;
  /** `fault`: reversible harm to replicas; `action`: a change or a pause in the schedule. */
  readonly role: "fault" | "action";
  readonly needs: readonly PowerName[];
  /** Harm that lasts until it is undone: takes `for:` or `until:`. An instant fault does not. */
  readonly held: boolean;
  /** The same, of a step with these parameters: an `exec` with `undo` is held, one without is instant. */
  holds(params: Json): boolean;
  /** False for kinds that act on no replica (`wait`). */
  readonly targeted: boolean;
  /** Parameters under `with:`. */
  readonly params: z.ZodType;
  /** A documented example of the parameters as a user writes them (`params` parses it), executed by the contract test. */
  readonly example: Json;
  /** The outcomes that `outcome of STEP` may have besides `not-injected`; the first is the ordinary one. */
  readonly outcomes: readonly string[];
  /** Cannot be undone with these parameters: the step must say `irreversible: true`. */
  irreversible(params: Json): boolean;
  /** Reads what is there and returns it as JSON, before anything is touched. */
  prepare(powers: Powers, target: TargetRef, params: Json): Promise<Json>;
  apply(powers: Powers, target: TargetRef, params: Json, hold: Hold): Promise<Json>;
  /** Undoes from JSON alone; idempotent; a target that is gone counts as undone. */
  revert(powers: Powers, target: TargetRef, params: Json, before: Json): Promise<void>;
  /** Did it happen? Pure: from the engine's events of this target since `apply` began, and what `apply` returned. */
  proof(evidence: Evidence): boolean;
  /** Which of `outcomes` it was. */
  outcome(evidence: Evidence): string;
  /** The state it means to leave, given the state before: `[]` fields are not residue. */
  intended(params: Json): readonly (keyof Replica)[];
}

export interface Evidence {
  readonly events: readonly EngineEvent[];
  readonly applied: Json;
  readonly target: TargetRef;
}

/** The typed spec a kind is written as; `defineKind` turns it into a StepKind. */
export interface KindSpec<Params, Before extends Json, Needs extends PowerName> {
  readonly name: string;
  readonly summary: string;
  readonly role?: "fault" | "action";
  readonly needs: readonly Needs[];
  readonly held: boolean;
  /** Where it depends on the parameters; absent: `held`. */
  readonly holds?: (params: Params) => boolean;
  readonly targeted?: boolean;
  readonly params: z.ZodType<Params>;
  /** As a user writes it under `with:`, before `params` has parsed it. */
  readonly example: Json;
  readonly outcomes?: readonly string[];
  readonly irreversible?: (params: Params) => boolean;
  readonly prepare: (
    powers: Pick<Powers, Needs>,
    target: TargetRef,
    params: Params,
  ) => Promise<Before>;
  readonly apply: (
    powers: Pick<Powers, Needs>,
    target: TargetRef,
    params: Params,
    hold: Hold,
  ) => Promise<Json>;
  readonly revert?: (
    powers: Pick<Powers, Needs>,
    target: TargetRef,
    params: Params,
    before: Before,
  ) => Promise<void>;
  readonly proof: (evidence: Evidence) => boolean;
  readonly outcome?: (evidence: Evidence) => string;
  readonly intended?: (params: Params) => readonly (keyof Replica)[];
}

/** The only generic code: from here on parser, runner and heal need no casts. Parameters were checked by `params`. */
export function defineKind<Params, Before extends Json, Needs extends PowerName>(
  spec: KindSpec<Params, Before, Needs>,
): StepKind {
  const outcomes = spec.outcomes ?? ["injected"];
  return {
    name: spec.name,
    summary: spec.summary,
    role: spec.role ?? "fault",
    needs: spec.needs,
    held: spec.held,
    holds: (params) => spec.holds?.(params as Params) ?? spec.held,
    targeted: spec.targeted ?? true,
    params: spec.params,
    example: spec.example,
    outcomes,
    irreversible: (params) => spec.irreversible?.(params as Params) ?? false,
    prepare: (powers, target, params) => spec.prepare(powers, target, params as Params),
    apply: (powers, target, params, hold) => spec.apply(powers, target, params as Params, hold),
    revert: async (powers, target, params, before) =>
      spec.revert?.(powers, target, params as Params, before as Before),
    proof: spec.proof,
    outcome: (evidence) => spec.outcome?.(evidence) ?? (outcomes[0] as string),
    intended: (params) => spec.intended?.(params as Params) ?? [],
  };
}
