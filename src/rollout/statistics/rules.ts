/** What the gate holds against a newcomer. Shares are 0..1, times µs. */
export interface GateRules {
  /** Answers of each side below which nothing is concluded; also when they are weighed: once, as soon as both have them. */
  readonly samples: number;
  /** How often a newcomer that is no worse may be called bad, by all tests together. */
  readonly alpha: number;
  /** Effects below these are none, however sure. */
  readonly errors: { readonly difference: number };
  readonly latency: readonly {
    readonly quantile: number;
    readonly ratio: number;
    readonly difference: number;
  }[];
  readonly growth: {
    readonly bytes: number;
    /** Times the largest growth of a peer. */
    readonly ratio: number;
    /** Of the newcomer's memory, below which nothing is concluded: fewer cannot be significant. */
    readonly readings: number;
  };
  /** That share of errors over so many answers is bad at once, whatever the others do. */
  readonly hopeless: { readonly share: number; readonly answers: number };
}

export const GATE_RULES: GateRules = {
  samples: 300,
  alpha: 0.01,
  errors: { difference: 0.01 },
  latency: [
    { quantile: 0.5, ratio: 1.5, difference: 5000 },
    { quantile: 0.95, ratio: 1.5, difference: 10_000 },
  ],
  growth: { bytes: 32 * 2 ** 20, ratio: 4, readings: 6 },
  hopeless: { share: 0.5, answers: 20 },
};
