/** Three-valued; worst wins, and "cannot tell" is never "pass". */
export type VerdictWord = "pass" | "fail" | "inconclusive";

/** What the judge says of one run: a pure function of its journal. */
export interface Verdict {
  readonly verdict: VerdictWord;
  /** As docs/ci.md lists them, of the run alone (a session adds teardown's own). */
  readonly exit: number;
  /** One sentence. */
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** Why it is inconclusive or cut short beyond any single finding: steps not proven, the tester unwell. */
  readonly doubts: readonly string[];
}

/** One assertion weighed, for one traffic or step where it names none. */
export interface Finding {
  readonly assertion: string;
  readonly why: string | null;
  readonly line: number | null;
  readonly status: VerdictWord | "skipped";
  /** The traffic, step, service or replica it is about. */
  readonly subject: string;
  /** For people, with units: `0`, `99.98% (95% CI 99.93% to 99.99%)`, `12 ms`. */
  readonly measured: string;
  readonly allowed: string;
  /** The bare number (count, fraction, or milliseconds); null where it is not one. */
  readonly value: number | null;
  /** How many samples it rests on; null where that says nothing. */
  readonly samples: number | null;
  /** The windows it was measured over, µs since run start. */
  readonly windows: readonly { readonly from: number; readonly to: number }[];
  /** When it failed or is in doubt: how many, when, which replica, in which step, what class, and what would mend it. */
  readonly sentence: string;
  readonly doubts: readonly string[];
}
