import type { Json } from "../kit/world.ts";

/** Why a rollout was taken back, in the words of `reason of STEP`. */
export const REASONS = [
  "never-ready",
  "died",
  "wrong-version",
  "errors",
  "slow",
  "leak",
  "too-few-answers",
  "no-basis",
  "unclaimed",
  "others-not-ready",
  "interrupted",
  "undone",
  "refused",
] as const;
export type Reason = (typeof REASONS)[number];

/** Those from which nothing can be concluded about the new version. */
const UNDECIDED: ReadonlySet<Reason> = new Set(["too-few-answers", "no-basis", "unclaimed"]);

/** Why the rollout goes no further: everything is put back as it was. */
export class Setback extends Error {
  readonly reason: Reason;
  readonly facts: { readonly [key: string]: Json };

  constructor(reason: Reason, message: string, facts: { readonly [key: string]: Json } = {}) {
    super(message);
    this.reason = reason;
    this.facts = facts;
  }

  get undecided(): boolean {
    return UNDECIDED.has(this.reason);
  }
}
