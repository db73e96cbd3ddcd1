import type { ReplicaSpec } from "../../model/stack.ts";

/** A supervisor that says nothing for this long hangs, when there is nothing that it has to wait for. */
export const ANSWER_MS = 10_000;

/** How long calls may take that wait for replicas, in milliseconds. */
export interface TimeLimits {
  readonly up: (timeoutMs: number) => number;
  readonly down: number;
  /** Of whatever is done to one replica: it may have to wait until a stop has come to its end. */
  readonly move: number;
}

/** The limits for these replicas: replicas that ignore their stop signal are granted their grace, one after the other. */
export function timeLimits(replicas: readonly Pick<ReplicaSpec, "stopGraceMs">[]): TimeLimits {
  const graces = replicas.map(({ stopGraceMs }) => stopGraceMs);
  const all = graces.reduce((sum, grace) => sum + grace, 0);
  return {
    up: (timeoutMs) => timeoutMs + all + ANSWER_MS,
    down: all + ANSWER_MS,
    move: Math.max(0, ...graces) + ANSWER_MS,
  };
}
