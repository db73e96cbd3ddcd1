import type { Engine } from "../engines/engine.ts";
import type { Clock, Json, World } from "../kit/world.ts";
import type { BucketRecord, JournalRecord } from "../model/journal.ts";
import type { Course } from "../model/kind.ts";
import type { Replica, TargetRef } from "../model/replica.ts";
import {
  type CourseRequest,
  readRequest,
  readWayBack,
  writeCourse,
  writeRequest,
  writeWayBack,
} from "../state/course-record.ts";
import type { Ledger, LedgerEntry } from "../state/ledger.ts";
import type { Injection } from "./injection.ts";
import type { ReplicaView } from "./replica-view.ts";

/** One thing that a course has touched, until it is lifted or undone, as its ledger entry has it. */
export interface Guard extends LedgerEntry {
  readonly target: TargetRef;
}

export interface CourseOptions {
  readonly world: World;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly run: string;
  /** Of the project. */
  readonly stateDirectory: string;
  readonly now: () => number;
  readonly write: (record: JournalRecord) => void;
  readonly view: ReplicaView;
  readonly mask: (text: string) => string;
  /** What its step is aimed at. */
  readonly aim: string | null;
  /** Which replica no other step may harm. */
  readonly busy: (target: TargetRef | null) => void;
}

/** What a staged injection sees of the run, and what it leaves in ledger, journal and state. */
export class RunCourse implements Course {
  readonly foreseen: Json;
  readonly buckets: BucketRecord[] = [];
  /** Open, in the order in which they were made. */
  readonly guards: Guard[] = [];
  /** What it has changed for good, in the order in which it did. */
  readonly changed: Guard[] = [];
  /** Every target that it had a guard for. */
  readonly touched = new Set<string>();
  readonly #options: CourseOptions;
  readonly #injection: Injection;
  readonly #over = new AbortController();
  readonly #startedAt: string;
  readonly #lines: { at: string; text: string }[] = [];
  #entries = 0;

  constructor(injection: Injection, foreseen: Json, options: CourseOptions) {
    this.#injection = injection;
    this.#options = options;
    this.foreseen = foreseen;
    this.#startedAt = options.world.clock.wall().toISOString();
    writeRequest(options.stateDirectory, null);
    this.#record(null, null);
  }

  get clock(): Clock {
    return this.#options.world.clock;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  now(): number {
    return this.#options.now();
  }

  replicas(): readonly Replica[] {
    return this.#options.view.all();
  }

  async memory(): Promise<ReadonlyMap<string, number>> {
    const usage = await this.#options.engine.usage();
    return new Map(usage.map(({ replica, memoryBytes }) => [replica, memoryBytes]));
  }

  guard(target: TargetRef, before: Json): { lift(): void } {
    const { ledger, run } = this.#options;
    const { id: injection, step, kind, params } = this.#injection;
    const id = `${injection}/${target.name}${this.#entries++ === 0 ? "" : `.${this.#entries}`}`;
    const what = { id, run, step, kind: kind.name, target, params, before };
    const guard: Guard = { ...what, irreversible: false };
    ledger.prepare(guard);
    this.guards.push(guard);
    this.touched.add(target.key);
    ledger.applied(guard);
    return { lift: () => this.strike(guard) };
  }

  liftAll(): void {
    const all = this.guards.splice(0);
    this.changed.push(...all);
    this.#options.ledger.revertedTogether(all);
  }

  /** Nothing of it is left to undo. */
  strike(guard: Guard): void {
    const index = this.guards.indexOf(guard);
    if (index === -1) return;
    this.guards.splice(index, 1);
    this.#options.ledger.reverted(guard);
  }

  busy(target: TargetRef | null): void {
    this.#options.busy(target);
  }

  request(): CourseRequest | null {
    return readRequest(this.#options.stateDirectory);
  }

  remembered(): Json {
    return readWayBack(this.#options.stateDirectory, this.#injection.kind.name);
  }

  remember(wayBack: Json): void {
    const { stateDirectory, world } = this.#options;
    writeWayBack(stateDirectory, this.#injection.kind.name, wayBack, world);
  }

  note(text: string, facts: { readonly [key: string]: Json }): void {
    const { write, world, mask } = this.#options;
    const { step, kind } = this.#injection;
    write({ type: "note", t: this.now(), step, stage: kind.name, facts: { text, ...facts } });
    this.#lines.push({ at: world.clock.wall().toISOString(), text: mask(text) });
    this.#record(null, null);
  }

  /** The run ends early: all is to be undone. */
  end(why: string): void {
    this.#over.abort(why);
  }

  /** It is over; null: it failed. */
  close(outcome: string | null): void {
    const { stateDirectory, world } = this.#options;
    writeRequest(stateDirectory, null);
    this.#record(world.clock.wall().toISOString(), outcome);
  }

  #record(endedAt: string | null, outcome: string | null): void {
    const { stateDirectory, world, run, aim } = this.#options;
    const kind = this.#injection.kind.name;
    const known = { kind, target: aim, run, pid: world.pid, startedAt: this.#startedAt };
    const record = { ...known, endedAt, outcome, exit: null, lines: this.#lines };
    writeCourse(stateDirectory, record, world);
  }
}
