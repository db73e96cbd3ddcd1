import type { ErrorCode } from "../kit/errors.ts";
import type { SettledRequest, TesterOptions, TesterRecord } from "./contract.ts";

/**
 * Ways to be wrong that `selftest` must notice, switched on by its own test only: latency counted from the write,
 * arrivals skipped when no connection is free, failures not recorded.
 */
export const MUTANTS = ["send-clock", "skip-arrivals", "drop-failures"] as const;
export type Mutant = (typeof MUTANTS)[number];

/** What the worker is started with. */
export interface WorkerInput
  extends Pick<TesterOptions, "traffic" | "epoch" | "run" | "secrets" | "bySource" | "dist"> {
  /** Are single requests wanted (`--each`)? */
  readonly each: boolean;
  readonly mutant: Mutant | null;
  /** One counter: batches that the main thread has taken. */
  readonly taken: Int32Array;
}

export type ToWorker = "stop";

export type FromWorker =
  | { readonly kind: "started"; readonly at: number }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | null;
    }
  | {
      readonly kind: "batch";
      readonly records: readonly TesterRecord[];
      readonly requests: readonly SettledRequest[];
    }
  | { readonly kind: "stopped" };
