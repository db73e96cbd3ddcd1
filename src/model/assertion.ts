/** One line under `assert:`, parsed. */
export interface Assertion {
  /** As the user wrote it. */
  readonly text: string;
  readonly why: string | null;
  /** 1-based line in the scenario; null for generated ones, and for those of a shared file. */
  readonly line: number | null;
  readonly test: AssertionTest;
}

export type AssertionTest = MeasureTest | FactTest | StateTest;

/** `main.p99 during freeze <= 2x baseline or 400ms` */
export interface MeasureTest {
  readonly about: "measure";
  /** null: each traffic, one finding per traffic. */
  readonly traffic: string | null;
  readonly measure: Measure;
  readonly window: Window;
  readonly comparison: Comparison;
  /** The laxer limit counts. */
  readonly limits: readonly Limit[];
}

/** `recovery of every step <= 10s`, `outcome of halt == drained` */
export interface FactTest {
  readonly about: "fact";
  readonly fact: "recovery" | "outcome" | "reason";
  /** null: every step. */
  readonly step: string | null;
  readonly comparison: Comparison;
  readonly limits: readonly Limit[];
}

/** `app.ready >= 2 throughout`; without a window it is judged at the end. */
export interface StateTest {
  readonly about: "state";
  /** A service or a replica. */
  readonly subject: string;
  readonly state: StateName;
  /** null: at the end. */
  readonly throughout: Window | null;
  /** null with `unchanged`. */
  readonly condition:
    | { readonly comparison: Comparison; readonly limits: readonly Limit[] }
    | "unchanged";
}

export type StateName = "healthy" | "ready" | "version" | "revision" | "instance" | "restarts";

export type Measure =
  | { readonly name: CountMeasure | DurationMeasure | SetMeasure }
  | { readonly name: "success" }
  /** q in 0..1, of successes, µs from due. `max` is q = 1. */
  | { readonly name: "latency"; readonly quantile: number }
  | { readonly name: "errors"; readonly errorClass: ErrorClass };

export type CountMeasure = "requests" | "failed" | "duplicates" | "dropped";
/** `impaired`: time in which some failed. */
export type DurationMeasure = "gap" | "outage" | "impaired";
export type SetMeasure = "versions" | "replicas";

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

export type Limit =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "percent"; readonly fraction: number }
  | { readonly kind: "duration"; readonly ms: number }
  | { readonly kind: "baseline"; readonly times: number }
  | { readonly kind: "words"; readonly words: readonly string[] };

/** A part of the run. Requests belong to a window by due time. */
export type Window =
  /** baseline, chaos and recovery: warm-up never counts. */
  | { readonly kind: "run" }
  | { readonly kind: "phase"; readonly phase: PhaseName }
  /** `during`: from apply to the end of the harm (of an instant fault: to its recovery), plus D. */
  | { readonly kind: "during"; readonly step: string; readonly plusMs: number }
  /** `after`: from the end of the harm plus D to the end. */
  | { readonly kind: "after"; readonly step: string; readonly plusMs: number }
  | { readonly kind: "outside" };

export const PHASES = ["warmup", "baseline", "chaos", "recovery"] as const;
export type PhaseName = (typeof PHASES)[number];

/** Why a request failed. `dropped` is not among them: it is the tester's own and no failure. */
export const ERROR_CLASSES = [
  "dns",
  "refused",
  "unreachable",
  "tls",
  "reset",
  "stale",
  "timeout",
  "status",
  "body",
  "cut",
  "protocol",
] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];
