import { messageOf } from "../kit/errors.ts";
import type { BucketRecord, InjectionRecord } from "../model/journal.ts";
import type { EngineEvent } from "../model/replica.ts";
import type { EntryRef } from "../state/ledger.ts";
import { Background } from "./background.ts";
import type { ConductorOptions } from "./conductor-options.ts";
import { longestOf, playCourse, undoCourse } from "./course-play.ts";
import {
  endedLife,
  type Injection,
  type InjectOrder,
  isHeld,
  isProven,
  NO_TARGET,
  newInjection,
  outcomeOf,
  tookEffectAt,
  touchedBy,
} from "./injection.ts";
import { perTarget } from "./per-target.ts";
import { RecoveryWatch } from "./recovery.ts";
import { type Harm, undoHarm } from "./undo.ts";

/** How long late evidence is waited for once harm has ended. */
const LATE_EVIDENCE_MS = 300;
/** How long an apply that is still under way at the end of the run is waited for: undoing must fit into 5 s. */
const LONGEST_APPLY_MS = 2000;

/** Applies and undoes injections: ledger before harm, journal after, proof from the engine's events. */
export class Conductor {
  readonly #options: ConductorOptions;
  readonly #injections = new Map<string, Injection>();
  /** Those that what happens may still move. */
  readonly #open = new Set<Injection>();
  readonly #background: Background;
  #isLast = false;

  constructor(options: ConductorOptions) {
    this.#options = options;
    this.#background = new Background(options.clock, options.crash);
  }

  get injections(): readonly Injection[] {
    return [...this.#injections.values()];
  }

  /** Applies in the background; `tell` says how it went. */
  inject(order: InjectOrder): void {
    const { kinds, now } = this.#options;
    const kind = kinds.find(({ name }) => name === order.kind);
    if (!kind) throw new Error(`no step kind ${order.kind}`);
    const { injection: id, step, target, params } = order;
    const injection = newInjection({ id, step, kind, target, params }, now());
    this.#injections.set(id, injection);
    this.#open.add(injection);
    this.#journal(injection, "applying");
    this.#background.add(this.#apply(injection, order.irreversible));
  }

  /** Undoes in the background; a failure stays in the ledger and is tried again by `undoAll`. */
  revert(id: string): void {
    const injection = this.#injections.get(id);
    if (injection?.stage === "applied") this.#background.add(this.#revert(injection));
  }

  seeEvent(event: EngineEvent, t: number): void {
    for (const injection of this.#open) {
      if (injection.target?.key !== event.replica.key && !injection.kind.staged) continue;
      injection.seen.push({ event, t });
      this.#weigh(injection);
      this.#recoveredAt(injection, injection.recovery?.seeEvent(event, t) ?? null);
    }
  }

  seeBucket(bucket: BucketRecord): void {
    for (const injection of this.#open) {
      injection.course?.buckets.push(bucket);
      if (injection.stage !== "ended") continue;
      this.#recoveredAt(injection, injection.recovery?.seeBucket(bucket) ?? null);
    }
  }

  /** Injections whose recovery is still open. */
  undecided(): readonly Injection[] {
    return this.injections.filter(({ stage, kind }) => kind.targeted && stage === "ended");
  }

  /** Waits until nothing is being applied or undone, or for `ms`: an apply that hangs must not keep harm from being undone. */
  settle(ms = Number.POSITIVE_INFINITY): Promise<void> {
    return this.#background.settle(ms);
  }

  /** The end of every run: undoes what is applied or down, decides every proof and recovery; a sentence for each failure. */
  async undoAll(): Promise<readonly string[]> {
    this.#isLast = true;
    const courses = [...this.#open].flatMap(({ course }) => course ?? []);
    for (const course of courses) course.end("the run ended early");
    await this.settle(courses.length > 0 ? longestOf(courses) : LONGEST_APPLY_MS);
    const newestFirst = [...this.injections].reverse();
    const failures = await perTarget(newestFirst, touchedBy, (one) => this.#finish(one));
    return failures.filter((failure) => failure !== null);
  }

  async #apply(injection: Injection, irreversible: boolean): Promise<void> {
    const { engine, ledger, run, lease, tell, courseOf } = this.#options;
    const { kind, id, step, params } = injection;
    const target = injection.target ?? NO_TARGET;
    try {
      if (kind.staged) {
        injection.course = courseOf(injection);
        injection.applied = await playCourse(injection, injection.course, { engine, lease });
        return this.#applied(injection);
      }
      injection.before = await kind.prepare(engine.powers, target, params);
      ledger.prepare({
        id,
        run,
        step,
        kind: kind.name,
        target: injection.target,
        params,
        before: injection.before,
        irreversible,
      });
      injection.inLedger = true;
      injection.applied = await kind.apply(engine.powers, target, params, { lease, injection: id });
      ledger.applied({ run, id });
    } catch (thrown) {
      injection.stage = "failed";
      this.#close(injection);
      this.#journal(injection, "failed", this.#say(thrown));
      await this.#undoQuietly(injection);
      return tell({ type: "failed", injection: id });
    }
    this.#applied(injection);
  }

  #applied(injection: Injection): void {
    const { now, tell } = this.#options;
    injection.stage = "applied";
    injection.appliedAt = tookEffectAt(injection, now());
    this.#journal(injection, "applied", "", injection.appliedAt);
    this.#weigh(injection);
    tell({ type: "applied", injection: injection.id });
    if (!isHeld(injection)) this.#harmEnded(injection);
  }

  async #revert(injection: Injection): Promise<void> {
    injection.stage = "reverting";
    try {
      await this.#undo(injection);
    } catch (thrown) {
      injection.stage = "applied";
      this.#options.ledger.revertFailed(this.#ref(injection), this.#say(thrown));
      this.#options.giveUp(`${injection.id} could not be undone in time: ${this.#say(thrown)}`);
      return;
    }
    this.#harmEnded(injection);
  }

  #harmEnded(injection: Injection): void {
    const { now, tell, view, answers } = this.#options;
    injection.stage = "ended";
    injection.harmEndedAt = isHeld(injection) ? now() : (injection.appliedAt as number);
    this.#journal(injection, "ended", "", injection.harmEndedAt);
    tell({ type: "ended", injection: injection.id });
    if (injection.target === null) {
      this.#recoveredAt(injection, injection.harmEndedAt);
      return;
    }
    injection.recovery = new RecoveryWatch({
      replica: injection.target.name,
      mustAnswer: answers(injection.target.name),
      harmEndedAt: injection.harmEndedAt,
      deadInstance: endedLife(injection),
    });
    let at: number | null = null;
    for (const { event, t } of injection.seen) at = injection.recovery.seeEvent(event, t);
    const replica = view.get(injection.target.key);
    if (replica) at = injection.recovery.seeEvent({ replica }, now());
    this.#recoveredAt(injection, at);
  }

  #recoveredAt(injection: Injection, t: number | null): void {
    if (t === null || injection.stage !== "ended") return;
    injection.stage = "recovered";
    if (!isHeld(injection)) this.#strike(injection);
    this.#decideProof(injection);
    this.#journal(injection, "recovered", "", t);
    this.#close(injection);
    this.#options.tell({ type: "recovered", injection: injection.id });
  }

  /** Instant harm is proven as soon as the evidence is there; held harm only once it is over: somebody may have undone it. */
  #weigh(injection: Injection): void {
    if (injection.proven !== null || isHeld(injection) || injection.stage === "applying") return;
    if (isProven(injection)) this.#decideProof(injection);
  }

  #decideProof(injection: Injection): void {
    if (injection.proven !== null) return;
    injection.proven = isProven(injection);
    this.#journal(injection, injection.proven ? "proven" : "unproven");
  }

  async #finish(injection: Injection): Promise<string | null> {
    if (injection.stage === "applied" && isHeld(injection)) await this.#revert(injection);
    if (injection.stage === "ended" && injection.proven === null) {
      await this.#options.clock.sleep(LATE_EVIDENCE_MS);
      this.#decideProof(injection);
    }
    if (injection.stage === "ended") {
      const failure = isHeld(injection) ? null : await this.#undoQuietly(injection);
      injection.stage = "unrecovered";
      this.#journal(injection, "unrecovered");
      return failure;
    }
    return this.#undoQuietly(injection);
  }

  async #undoQuietly(injection: Injection): Promise<string | null> {
    try {
      await this.#undo(injection);
      return null;
    } catch (thrown) {
      if (injection.inLedger) {
        this.#options.ledger.revertFailed(this.#ref(injection), this.#say(thrown));
      }
      return `${injection.id} (${injection.kind.name} of ${injection.target?.name ?? "the stack"}) could not be undone: ${this.#say(thrown)}`;
    }
  }

  async #undo(injection: Injection): Promise<void> {
    const { engine, ledger, run, patience } = this.#options;
    const undo = async (harm: Harm): Promise<void> => {
      const once = (): Promise<void> => undoHarm(engine, harm);
      await (this.#isLast ? patience.through(once) : once());
    };
    await undoCourse(
      injection,
      (id, error) => ledger.revertFailed({ run, id }, this.#say(error)),
      undo,
    );
    if (!injection.inLedger) return;
    await undo(injection);
    this.#strike(injection);
  }

  /** Nothing moves it any more: its evidence is let go, so that an endless run stays small. */
  #close(injection: Injection): void {
    this.#open.delete(injection);
    injection.seen.length = 0;
  }

  #say(thrown: unknown): string {
    return this.#options.mask(messageOf(thrown));
  }

  /** One with stages has no entry of its own: its guards have. */
  #strike(injection: Injection): void {
    if (!injection.inLedger) return;
    injection.inLedger = false;
    this.#options.ledger.reverted(this.#ref(injection));
  }

  #ref({ id }: Injection): EntryRef {
    return { run: this.#options.run, id };
  }

  #journal(
    injection: Injection,
    stage: InjectionRecord["stage"],
    detail = "",
    t = this.#options.now(),
  ): void {
    const { id, step, kind, target, applied } = injection;
    this.#options.write({
      type: "injection",
      t,
      step,
      injection: id,
      kind: kind.name,
      target,
      stage,
      outcome: stage === "proven" ? outcomeOf(injection) : null,
      detail,
      facts: stage === "applied" ? applied : null,
    });
  }
}
