import type { Json } from "../kit/world.ts";
import type { Assertion, Comparison } from "./assertion.ts";
import type { PowerName } from "./powers.ts";

/** A scenario, parsed: no optionals, no strings with units, no defaults left to apply. JSON, so the journal carries it whole. */
export interface Plan {
  readonly name: string;
  /** As given on the command line; null for a generated plan (monitor, monkey). */
  readonly file: string | null;
  /** Options of the command line that chose another stack or path than the file does: with them it plays the same again. Absent: none. */
  readonly options?: readonly string[];
  readonly seed: number;
  readonly stack: StackChoice;
  /** Where requests are sent from; `auto`: from the host, unless that is no place to reach what is asked. */
  readonly vantage: Vantage | "auto";
  readonly traffic: readonly TrafficPlan[];
  readonly phases: Phases;
  readonly steady: Steady;
  readonly limits: Limits;
  readonly steps: readonly StepPlan[];
  readonly assertions: readonly Assertion[];
  readonly abortWhen: readonly AbortRule[];
}

/** Where a tester is: on the machine of aegis, or in the stack's own network. */
export const VANTAGES = ["host", "inside"] as const;
export type Vantage = (typeof VANTAGES)[number];

export interface StackChoice {
  /** Absolute path; null: the bundled stack. */
  readonly compose: string | null;
  readonly project: string | null;
  readonly profiles: readonly string[];
  readonly engine: string | null;
}

export interface Phases {
  readonly warmupMs: number;
  readonly baselineMs: number;
  /** How long chaos lasts at least; it ends when every step has. 0: as long as the steps. */
  readonly chaosMs: number;
  /** At least; longer while a recovery is undecided. */
  readonly recoveryMs: number;
}

export interface Steady {
  readonly withinMs: number;
  /** Judged over the baseline; the default is `failed == 0` for each traffic. Every replica ready is always asked. */
  readonly checks: readonly Assertion[];
}

export interface Limits {
  /** Replicas of one service harmed at a time; null: no limit. */
  readonly down: number | null;
  /** Of the whole run. */
  readonly timeMs: number;
}

export interface AbortRule {
  readonly traffic: string | null;
  readonly measure: "success" | "failed";
  readonly overMs: number;
  readonly comparison: Comparison;
  readonly limit: number;
  readonly text: string;
}

/** A named stream of requests with an arrival rate. `${env:NAME}` is still in the texts: secrets are filled in by the tester's host, never journaled. */
export interface TrafficPlan {
  readonly name: string;
  /** The host may be a service of the stack. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Per second. */
  readonly rate: number;
  readonly timeoutMs: number;
  readonly expect: Expect;
  /** Share of requests on a new connection each, 0..1. */
  readonly fresh: number;
  /** Absolute path of a PEM file; null: the system's. */
  readonly ca: string | null;
  /** Precise scheduling: sub-millisecond lateness for more CPU. */
  readonly precise: boolean;
  /** Response headers that name who answered; null: taken from the stack. */
  readonly identify: { readonly replica: string | null; readonly version: string | null } | null;
}

export interface Expect {
  /** Accepted status codes; default 200..399 without redirects being followed. */
  readonly status: readonly { readonly from: number; readonly to: number }[];
  /** Text the body must contain; null: any body. */
  readonly body: string | null;
}

export interface StepPlan {
  readonly id: string;
  readonly kind: string;
  readonly role: "fault" | "action";
  readonly needs: readonly PowerName[];
  readonly held: boolean;
  /** Goes through its target in stages of its own (see StepKind). Absent: it does not. */
  readonly staged?: true;
  readonly target: TargetPlan | null;
  readonly params: Json;
  readonly start: StartRule;
  /** When held harm is undone; null for instant ones. */
  readonly end: EndRule | null;
  readonly repeat: Repeat | null;
  readonly ifUnsupported: "fail" | "skip";
  readonly irreversible: boolean;
  /** 1-based line in the scenario; null for generated steps. */
  readonly line: number | null;
  /**
   * Of a monkey: each occurrence takes one of these, seeded, instead of `kind`, `params` and `end`, which are those of the
   * first; `held` is true and `needs` the union when any is. Absent for ordinary steps.
   */
  readonly alternatives?: readonly Alternative[];
}

/** One of the things a random step may do. */
export interface Alternative {
  readonly kind: string;
  readonly params: Json;
  /** How long it is held; null for instant ones. */
  readonly forMs: number | null;
}

export type StartRule =
  | { readonly at: "time"; readonly ms: number }
  | {
      readonly at: "step";
      readonly step: string;
      readonly when: StepMoment;
      readonly plusMs: number;
    };

export type StepMoment = "started" | "ended" | "recovered";

export type EndRule =
  | { readonly after: "time"; readonly ms: number }
  | { readonly after: "step"; readonly step: string; readonly when: "started" | "ended" };

export interface Repeat {
  readonly everyMs: number;
  /** Each occurrence starts up to this much later, seeded. */
  readonly jitterMs: number;
  /** Exactly one is set; both null: until the run is ended from outside. */
  readonly times: number | null;
  readonly forMs: number | null;
}

export type TargetPlan =
  | {
      readonly by: "service";
      readonly service: string;
      readonly pick: Pick;
      readonly only: "any" | "healthy" | "ready";
      readonly prefer: "random" | "oldest" | "newest";
      /** The next target only when the one before has recovered. */
      readonly oneByOne: boolean;
    }
  | { readonly by: "replica"; readonly replica: string }
  | { readonly by: "same-as"; readonly step: string };

export type Pick =
  | { readonly kind: "all" }
  | { readonly kind: "all-but"; readonly count: number }
  | { readonly kind: "count"; readonly count: number }
  /** Rounded up, at least one. */
  | { readonly kind: "share"; readonly share: number };

/** The service or the replica that a step names; null: none, or the same as another step's. */
export function aimOf({ target }: StepPlan): string | null {
  if (target?.by === "service") return target.service;
  return target?.by === "replica" ? target.replica : null;
}
