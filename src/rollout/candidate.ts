import type { Move } from "./moves.ts";

/** A replica of the new version while it has to prove itself. */
export interface Candidate {
  readonly move: Move;
  /** Under which it runs now. */
  readonly key: string;
  /** The life that had that key before: events may tell of it for a while yet. */
  readonly former: string | null;
  /** When it was touched first, µs: what the deadline counts from. */
  readonly since: number;
  /** Names of the others of its service that ran the new version already when it was touched. */
  readonly alike: readonly string[];
}

/** One that is ready, and says of which version it is; null: it does not say. */
export interface ReadyCandidate extends Candidate {
  readonly version: string | null;
}
