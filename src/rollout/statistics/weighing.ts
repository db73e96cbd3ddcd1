import type { MemoryWatch } from "./growth.ts";
import type { GateRules } from "./rules.ts";
import type { Sample } from "./sample.ts";

/** What is known of a newcomer and, over the same time and traffic, of those it is compared with. */
export interface Weighing {
  readonly newcomer: Sample;
  readonly others: Sample;
  /** Failed requests over that time which name nobody: lost on the way, or answered by a forwarder in somebody's place. */
  readonly unclaimed: number;
  /** null: how much memory replicas use cannot be told here. */
  readonly memory: MemoryWatch | null;
  readonly rules: GateRules;
}
