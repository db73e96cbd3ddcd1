import type { z } from "zod";
import type { Clock, Json } from "../kit/world.ts";
import type { BucketRecord } from "./journal.ts";
import type { Fetching, Hold, PowerName, Powers } from "./powers.ts";
import type { EngineEvent, Replica, TargetRef } from "./replica.ts";

/** What a step does, as the parser, the runner and heal see every kind: nothing of theirs names one of them. */
export interface StepKind {
  readonly name: string;
  /** One line, for `aegis chaos kinds`. */
  readonly summary: string;
  /** `fault`: reversible harm to replicas; `action`: a change or a pause in the schedule. */
  readonly role: "fault" | "action";
  readonly needs: readonly PowerName[];
  /**
   * One injection goes through stages on several replicas and weighs how they answer (a rollout). Its target names a service
   * or a replica, and `apply` gets none: it chooses in its course, whose guards are what the ledger holds of it.
   */
  readonly staged: boolean;
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
  /** What harming this target would destroy for good, each as a person would name it: asked before a run touches anything. */
  losses(powers: Powers, target: TargetRef, params: Json): Promise<readonly string[]>;
  /**
   * Of staged kinds: makes sure, before a run touches anything, that the step can be done, and gets ready what it needs (an
   * image that has to be built). What it returns is given to the course. Throws INVALID_INPUT or ENVIRONMENT with all that is in the way.
   */
  foresee(powers: Powers, params: Json, outlook: Outlook): Promise<Json>;
  /** Reads what is there and returns it as JSON, before anything is touched. */
  prepare(powers: Powers, target: TargetRef, params: Json): Promise<Json>;
  /** `course` is given to staged kinds. */
  apply(
    powers: Powers,
    target: TargetRef,
    params: Json,
    hold: Hold,
    course?: Course,
  ): Promise<Json>;
  /** Undoes from JSON alone; idempotent; a target that is gone counts as undone. */
  revert(powers: Powers, target: TargetRef, params: Json, before: Json): Promise<void>;
  /** Did it happen? Pure: from the engine's events of this target since `apply` began, and what `apply` returned. */
  proof(evidence: Evidence): boolean;
  /** Which of `outcomes` it was. */
  outcome(evidence: Evidence): string;
  /** The state it means to leave, given the state before: `[]` fields are not residue. */
  intended(params: Json): readonly (keyof Replica)[];
}

/** What a staged kind is shown before the run. */
export interface Outlook extends Fetching {
  /** What the step is aimed at, in declared order. */
  readonly aimed: readonly Replica[];
  /** All replicas. */
  readonly replicas: readonly Replica[];
  /** What the last step of this kind that was completed on this project has left for a way back; null: there was none. */
  readonly remembered: Json;
  /** Do answers say who gave them, or in which version? */
  readonly answersName: boolean;
}

/** What a staged kind sees of the run it is part of, and tells it. */
export interface Course {
  /** What `foresee` returned. */
  readonly foreseen: Json;
  readonly clock: Clock;
  /** µs since run start. */
  now(): number;
  /** Aborts when all is to be undone: the run ends early. The reason is a sentence. */
  readonly signal: AbortSignal;
  /** All replicas as they are known now. */
  replicas(): readonly Replica[];
  /** What the tester has told since the step began; answers name their sources. */
  readonly buckets: readonly BucketRecord[];
  /** Resident memory of each replica that runs, by name, in bytes. */
  memory(): Promise<ReadonlyMap<string, number>>;
  /** Written ahead (fsync) before this target is touched: until it is lifted, put back by the kind itself, `revert` undoes it from `before` alone. */
  guard(target: TargetRef, before: Json): { lift(): void };
  /** All that is guarded is changed for good, in one go: a process that is killed meanwhile leaves all guards or none. */
  liftAll(): void;
  /** No other step may harm this target from now on; null: none of ours. */
  busy(target: TargetRef | null): void;
  /** What somebody has asked for from another terminal: to wait before the next stage, or to undo all. */
  request(): "pause" | "undo" | null;
  /** As `Outlook.remembered`, now. */
  remembered(): Json;
  /** Kept for `Outlook.remembered`: how to take back what was completed. */
  remember(wayBack: Json): void;
  /** A sentence, with the numbers behind it, for the journal and for those who watch. */
  note(text: string, facts: { readonly [key: string]: Json }): void;
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
  readonly staged?: boolean;
  readonly held: boolean;
  /** Where it depends on the parameters; absent: `held`. */
  readonly holds?: (params: Params) => boolean;
  readonly targeted?: boolean;
  readonly params: z.ZodType<Params>;
  /** As a user writes it under `with:`, before `params` has parsed it. */
  readonly example: Json;
  readonly outcomes?: readonly string[];
  readonly irreversible?: (params: Params) => boolean;
  /** Absent: nothing, whatever the target. */
  readonly losses?: (
    powers: Pick<Powers, Needs>,
    target: TargetRef,
    params: Params,
  ) => Promise<readonly string[]>;
  /** Absent: nothing to foresee. */
  readonly foresee?: (
    powers: Pick<Powers, Needs>,
    params: Params,
    outlook: Outlook,
  ) => Promise<Json>;
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
    course: Course,
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
    staged: spec.staged ?? false,
    held: spec.held,
    holds: (params) => spec.holds?.(params as Params) ?? spec.held,
    targeted: spec.targeted ?? true,
    params: spec.params,
    example: spec.example,
    outcomes,
    irreversible: (params) => spec.irreversible?.(params as Params) ?? false,
    losses: async (powers, target, params) =>
      (await spec.losses?.(powers, target, params as Params)) ?? [],
    foresee: async (powers, params, outlook) =>
      (await spec.foresee?.(powers, params as Params, outlook)) ?? null,
    prepare: (powers, target, params) => spec.prepare(powers, target, params as Params),
    apply: (powers, target, params, hold, course) =>
      spec.apply(powers, target, params as Params, hold, course as Course),
    revert: async (powers, target, params, before) =>
      spec.revert?.(powers, target, params as Params, before as Before),
    proof: spec.proof,
    outcome: (evidence) => spec.outcome?.(evidence) ?? (outcomes[0] as string),
    intended: (params) => spec.intended?.(params as Params) ?? [],
  };
}
