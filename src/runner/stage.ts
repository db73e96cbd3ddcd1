import type { Engine, Lease } from "../engines/engine.ts";
import { messageOf } from "../kit/errors.ts";
import type { Json, World } from "../kit/world.ts";
import type {
  BucketRecord,
  JournalHeader,
  JournalRecord,
  PhaseRecord,
  RunRecord,
} from "../model/journal.ts";
import type { StepKind } from "../model/kind.ts";
import { aimOf, type Plan, type StepPlan } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";
import type { Journal } from "../state/journal.ts";
import type { Ledger } from "../state/ledger.ts";
import type { SettledRequest, Tester } from "../tester/contract.ts";
import { masker } from "../tester/mask.ts";
import { abortMet } from "../verdict/judge.ts";
import { Conductor } from "./conductor.ts";
import type { Told } from "./conductor-options.ts";
import { RunCourse } from "./course.ts";
import { maskedRecord } from "./masked-record.ts";
import { Patience } from "./patience.ts";
import { RecentBuckets } from "./recent-buckets.ts";
import { ReplicaView } from "./replica-view.ts";

export interface RunOptions {
  readonly plan: Plan;
  readonly engine: Engine;
  readonly stack: Stack;
  readonly ledger: Ledger;
  /** The project's, where the state of steps with stages is kept. */
  readonly stateDirectory: string;
  /** What held harm hangs on: its id, and what tells that it has run out. */
  readonly lease: Pick<Lease, "id" | "lost">;
  readonly kinds: readonly StepKind[];
  readonly world: World;
  /** Our version, for the journal. */
  readonly version: string;
  /** Parent of the run's directory; null: `./.aegis/runs`. */
  readonly out: string | null;
  /** Aborts with the name of a signal. */
  readonly interrupt: AbortSignal;
  /** The first signal is the normal end (monitor, monkey). */
  readonly endless: boolean;
  /** Told what a person who waits should know, in sentences. */
  readonly onProgress: (line: string) => void;
  /** Sees every record as it is journaled. */
  readonly observe: (record: JournalRecord) => void;
  readonly onRequest: ((request: SettledRequest) => void) | null;
}

/** How a run ended, before it is journaled. */
export type Ending = Pick<RunRecord, "reason" | "detail" | "signal">;

/** What a run plays on: its journal, tester and engine joined by one clock. Everything that happens passes `write`. */
export class Stage {
  readonly options: RunOptions;
  readonly header: JournalHeader;
  readonly view = new ReplicaView();
  readonly conductor: Conductor;
  /** All records until chaos starts, for the steady gate. */
  readonly early: JournalRecord[] = [];
  /** What the steady gate and the abort rules look at. */
  readonly recent: RecentBuckets;
  tester: Tester | null = null;
  /** Told of everything that may move the schedule. */
  onMove: (told: Told | null) => void = () => {};
  /** Told once when an endless run is to end in good order. */
  onWindDown: () => void = () => {};
  /** Until chaos starts: records are kept for the steady gate, and abort rules do not count. */
  keepEarly = true;
  readonly #epoch: number;
  readonly #journal: Journal;
  readonly #over = new AbortController();
  readonly #pump = new AbortController();
  readonly #answering = new Set<string>();
  readonly #masked: (record: JournalRecord) => JournalRecord;
  #chaosAt = 0;
  #ending: Ending | null = null;
  #windingDown = false;
  #engineWasLost = false;
  #bug: { readonly thrown: unknown } | null = null;
  #pumping: Promise<void> = Promise.resolve();

  constructor(
    options: RunOptions,
    {
      header,
      journal,
      secrets,
      foreseen,
    }: {
      header: JournalHeader;
      journal: Journal;
      secrets: readonly string[];
      /** Of steps with stages, by id. */
      foreseen: ReadonlyMap<string, Json>;
    },
  ) {
    const mask = masker(secrets);
    const stepOf = (id: string) => options.plan.steps.find((step) => step.id === id) as StepPlan;
    this.options = options;
    this.header = header;
    this.#journal = journal;
    this.#epoch = options.world.clock.now();
    this.recent = new RecentBuckets(options.plan.abortWhen);
    this.#masked =
      secrets.length === 0 ? (record) => record : (record) => maskedRecord(record, mask);
    this.conductor = new Conductor({
      engine: options.engine,
      ledger: options.ledger,
      kinds: options.kinds,
      run: header.run,
      lease: options.lease.id,
      clock: options.world.clock,
      now: () => this.now(),
      write: (record) => this.write(record),
      tell: (told) => this.onMove(told),
      giveUp: (detail) => this.end({ reason: "failed", detail, signal: null }),
      patience: new Patience(options.engine, options.world.clock),
      crash: (thrown) => this.crash(thrown),
      mask,
      view: this.view,
      courseOf: (injection) =>
        new RunCourse(injection, foreseen.get(injection.step) ?? null, {
          world: options.world,
          engine: options.engine,
          ledger: options.ledger,
          run: header.run,
          stateDirectory: options.stateDirectory,
          aim: aimOf(stepOf(injection.step)),
          now: () => this.now(),
          write: (record) => this.write(record),
          view: this.view,
          mask,
          busy: (target) => {
            const replica = target?.key ?? null;
            this.onMove({ type: "busy", injection: injection.id, replica });
          },
        }),
      answers: (replica) => this.#answering.has(replica),
    });
  }

  get epoch(): number {
    return this.#epoch;
  }

  get ending(): Ending | null {
    return this.#ending;
  }

  /** It went away, or ended our lease: what it did meanwhile is not known. */
  get engineWasLost(): boolean {
    return this.#engineWasLost;
  }

  /** Aborts when the run is to end early. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** µs since run start. */
  now(): number {
    return this.options.world.clock.now() - this.#epoch;
  }

  /** The first ending counts. */
  end(ending: Ending): void {
    if (this.#ending !== null) return;
    this.#ending = ending;
    this.#over.abort();
  }

  /** The first unexpected error of ours; the run ends, everything is undone, and it is thrown again at the end. */
  get bug(): { readonly thrown: unknown } | null {
    return this.#bug;
  }

  get windingDown(): boolean {
    return this.#windingDown;
  }

  /** The normal end of an endless run: no further harm, what is held is undone, and recoveries are waited for. */
  windDown(): void {
    this.#windingDown = true;
    if (this.keepEarly) this.end({ reason: "complete", detail: "ended by hand", signal: null });
    else this.onWindDown();
  }

  /** From now on it is chaos: what was kept for the steady gate is let go, and abort rules count. */
  beginChaos(): void {
    this.keepEarly = false;
    this.early.length = 0;
    this.#chaosAt = this.now();
  }

  crash(thrown: unknown): void {
    this.#bug ??= { thrown };
    this.end({ reason: "failed", detail: `aegis failed: ${messageOf(thrown)}`, signal: null });
  }

  /** Sleeps, but not beyond the end of the run. */
  async sleep(ms: number): Promise<void> {
    await this.options.world.clock.sleep(ms, this.over);
  }

  /** A run of which nothing more can be kept is worth no more harm. */
  write(unmasked: JournalRecord): void {
    const record = this.#masked(unmasked);
    this.#journal.write(record);
    const { failure } = this.#journal;
    if (failure !== null) {
      const detail = `the journal could not be written: ${failure.message}`;
      this.end({ reason: "failed", detail, signal: null });
    }
    if (this.keepEarly) this.early.push(record);
    if (record.type === "bucket") this.#seeBucket(record);
    this.options.observe(record);
  }

  phase(phase: PhaseRecord["phase"], stage: PhaseRecord["stage"]): void {
    this.write({ type: "phase", t: this.now(), phase, stage });
  }

  /** Starts listening to the engine, and to the lease: when it has run out, the engine has put the harm back. */
  listen(): void {
    const { lost } = this.options.lease;
    const onLost = (): void => this.#engineLost(messageOf(lost.reason));
    if (lost.aborted) onLost();
    lost.addEventListener("abort", onLost, { once: true, signal: this.#pump.signal });
    this.#pumping = this.#listen().catch((thrown: unknown) => {
      if (!this.#pump.signal.aborted) this.#engineLost(messageOf(thrown));
    });
  }

  /** Closes what was opened; harm must have been undone before. Returns what kept the journal from being written. */
  async close(ending: Ending): Promise<Error | null> {
    this.#pump.abort();
    await this.#pumping;
    this.write({ type: "run", t: this.now(), stage: "ended", ...ending });
    await this.#journal.close();
    return this.#journal.failure;
  }

  async #listen(): Promise<void> {
    for await (const { at, ...event } of this.options.engine.events(this.#pump.signal)) {
      const t = Math.max(0, at - this.#epoch);
      this.view.see({ at, ...event });
      this.write({ type: "engine", t, event });
      this.conductor.seeEvent({ at, ...event }, t);
      this.#move();
    }
    if (!this.#pump.signal.aborted) this.#engineLost("its events ended");
  }

  #move(): void {
    try {
      this.onMove(null);
    } catch (thrown) {
      this.crash(thrown);
    }
  }

  #engineLost(why: string): void {
    this.#engineWasLost = true;
    this.end({ reason: "failed", detail: `the engine was lost: ${why}`, signal: null });
  }

  #seeBucket(bucket: BucketRecord): void {
    this.recent.see(bucket);
    for (const [replica, count] of Object.entries(bucket.replicas)) {
      if (count > 0) this.#answering.add(replica);
    }
    this.conductor.seeBucket(bucket);
    if (!this.keepEarly) this.#checkAbort(this.recent.of(bucket.traffic));
  }

  #checkAbort(buckets: readonly BucketRecord[]): void {
    for (const rule of this.options.plan.abortWhen) {
      const met = abortMet(rule, buckets, this.#chaosAt);
      if (met !== null) this.end({ reason: "aborted", detail: met, signal: null });
    }
  }
}
