import type { TesterOptions } from "./contract.ts";
import type { FromWorker } from "./messages.ts";

/** Lines to a tester elsewhere, as JSON. */
export type ToProgram =
  | { readonly kind: "clock" }
  | {
      readonly kind: "start";
      /** `epoch` is on the program's own clock, `ca` a key of `authorities`. */
      readonly options: Pick<TesterOptions, "traffic" | "epoch" | "run" | "secrets" | "bySource">;
      readonly each: boolean;
      /** PEM texts, by the path they have here. */
      readonly authorities: Readonly<Record<string, string>>;
    }
  | { readonly kind: "stop" };

/** Lines from it, as JSON: what the tester's thread says, its clock (µs), and an error that nobody expected. */
export type FromProgram =
  | FromWorker
  | { readonly kind: "clock"; readonly now: number }
  | { readonly kind: "broken"; readonly stack: string };
