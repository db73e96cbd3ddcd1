import type { Engine } from "../engines/engine.ts";
import type { Clock } from "../kit/world.ts";
import type { JournalRecord } from "../model/journal.ts";
import type { StepKind } from "../model/kind.ts";
import type { Ledger } from "../state/ledger.ts";
import type { RunCourse } from "./course.ts";
import type { Injection } from "./injection.ts";
import type { Patience } from "./patience.ts";
import type { ReplicaView } from "./replica-view.ts";

/** What the conductor tells the run, so that the scheduler can go on. */
export type Told =
  | {
      readonly type: "applied" | "failed" | "ended" | "recovered";
      readonly injection: string;
    }
  /** The replica that a staged injection is at, by key. */
  | { readonly type: "busy"; readonly injection: string; readonly replica: string | null };

export interface ConductorOptions {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly kinds: readonly StepKind[];
  readonly run: string;
  /** Of the lease that held harm hangs on. */
  readonly lease: string;
  readonly clock: Clock;
  /** µs since run start. */
  readonly now: () => number;
  readonly write: (record: JournalRecord) => void;
  readonly tell: (told: Told) => void;
  /** Harm that should have ended could not be undone: the run is worth no more harm. */
  readonly giveUp: (detail: string) => void;
  /** Of undoing at the end, with an engine that is away for a while. */
  readonly patience: Patience;
  /** A bug of ours in the background. */
  readonly crash: (thrown: unknown) => void;
  /** Takes secrets out of what is told. */
  readonly mask: (text: string) => string;
  readonly view: ReplicaView;
  /** What a staged injection goes through. */
  readonly courseOf: (injection: Injection) => RunCourse;
  /** Does this replica name itself in answers (it did in the baseline)? */
  readonly answers: (replica: string) => boolean;
}
