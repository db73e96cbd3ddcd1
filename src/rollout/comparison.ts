import { formatDuration } from "../kit/units.ts";
import type { Json } from "../kit/world.ts";
import type { Course } from "../model/kind.ts";
import type { ReadyCandidate } from "./candidate.ts";
import type { RolloutParams } from "./params.ts";
import { type Reason, Setback } from "./setback.ts";
import { type Source, samplesBySource, unclaimedSince } from "./sources.ts";
import { type Decision, hasEnough, isHopeless, weigh } from "./statistics/gate.ts";
import type { MemoryWatch, Reading } from "./statistics/growth.ts";
import { GATE_RULES, type GateRules } from "./statistics/rules.ts";
import { joined, type Sample } from "./statistics/sample.ts";

const MEMORY_EVERY_US = 250_000;

/** Watches a candidate and the others under the same traffic from now on, and weighs them once. */
export class Comparison {
  readonly #course: Course;
  readonly #candidate: ReadyCandidate;
  readonly #rules: GateRules;
  readonly #observeMs: number;
  readonly #since: number;
  readonly #memory = new Map<string, Reading[]>();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(course: Course, params: RolloutParams, candidate: ReadyCandidate) {
    this.#course = course;
    this.#candidate = candidate;
    this.#rules = { ...GATE_RULES, samples: params.samples };
    this.#observeMs = params.observe;
    this.#since = course.now();
  }

  /** To be called again and again while it lasts. */
  async look(): Promise<void> {
    const t = this.#course.now();
    if (t - this.#readAt < MEMORY_EVERY_US) return;
    this.#readAt = t;
    for (const [name, bytes] of await this.#course.memory()) {
      this.#memory.set(name, [...(this.#memory.get(name) ?? []), { t, bytes }]);
    }
  }

  /** Is there nothing to wait for any more: enough was seen, or the candidate is past hope? */
  get isOver(): boolean {
    const { newcomer, others } = this.#sides();
    if (isHopeless(newcomer, this.#rules)) return true;
    const isLongEnough = this.#missingMs <= 0 && !this.#wantsReadings;
    return isLongEnough && hasEnough(newcomer, others, this.#rules);
  }

  /** Throws the Setback of a candidate that is worse, or of which nothing can be concluded. */
  decide(): void {
    const { newcomer, others } = this.#sides();
    const weighed = weigh({
      newcomer,
      others,
      unclaimed: unclaimedSince(this.#course.buckets, this.#since),
      memory: this.#memoryWatch(),
      rules: this.#rules,
    });
    const { verdict, cause, reasons, facts } = this.#inFull(weighed);
    const text = reasons.join("; ");
    const { name } = this.#candidate.move.target;
    const all: { readonly [key: string]: Json } = {
      stage: "gate",
      replica: name,
      verdict,
      ...facts,
    };
    this.#course.note(`${name} is ${verdict}: ${text}`, all);
    if (verdict === "good") return;
    throw new Setback(reasonOf(verdict, cause), `the new ${name}: ${text}`, { replica: name });
  }

  get #missingMs(): number {
    return this.#observeMs - (this.#course.now() - this.#since) / 1000;
  }

  /** A few more readings of its memory, where it has been read at all, are worth waiting for. */
  get #wantsReadings(): boolean {
    const count = this.#memoryWatch()?.newcomer.length ?? 0;
    return count > 0 && count < this.#rules.growth.readings;
  }

  /** One that was compared for a shorter time than it should have been is not yet good. */
  #inFull(decision: Decision): Decision {
    if (decision.verdict !== "good" || this.#missingMs <= 0) return decision;
    const [asked, missing] = [this.#observeMs, this.#missingMs].map((ms) => formatDuration(ms));
    const text = `${missing} of the ${asked} that it is to be observed were missing at its deadline`;
    return { ...decision, verdict: "undecided", cause: null, reasons: [text] };
  }

  /**
   * The newcomer's answers, and those of replicas that run anything else; where there are none any more, of those that run
   * the same. In place its name is enough: the old one is gone. Answers that name a version alone are its own only while
   * nobody else runs that one.
   */
  #sides(): { readonly newcomer: Sample; readonly others: Sample } {
    const { key, move, alike, version } = this.#candidate;
    const { name, service } = move.target;
    const all = samplesBySource(this.#course.buckets, this.#since);
    const own = this.#course.replicas().filter((replica) => replica.service === service);
    const isOnly = own.every((replica) => replica.key === key || replica.version !== version);
    const isNew = (source: Source): boolean =>
      (source.replica === name && move.strategy === "in-place") ||
      ((source.replica === null ? isOnly : source.replica === name) &&
        version !== null &&
        source.version === version);
    const peers = new Set(own.map((replica) => replica.name));
    const rest = all.filter((source) => !isNew(source) && isPeer(source, peers));
    const former = rest.filter((source) =>
      source.replica === null ? source.version !== version : !alike.includes(source.replica),
    );
    const others = former.length > 0 ? former : rest;
    return {
      newcomer: joined(all.filter(isNew).map(({ sample }) => sample)),
      others: joined(others.map(({ sample }) => sample)),
    };
  }

  /** null: this engine does not tell. */
  #memoryWatch(): MemoryWatch | null {
    if (this.#memory.size === 0) return null;
    const { key, move } = this.#candidate;
    const replicas = this.#course.replicas();
    const own = replicas.find((replica) => replica.key === key)?.name ?? move.target.name;
    const peers = replicas.filter(
      ({ service, name }) => service === move.target.service && name !== own,
    );
    return {
      newcomer: this.#memory.get(own) ?? [],
      peers: peers.map(({ name }) => ({ name, readings: this.#memory.get(name) ?? [] })),
    };
  }
}

/** An answer that names nobody may be a forwarder's own: it says nothing for or against anyone. */
function isPeer({ replica, version }: Source, peers: ReadonlySet<string>): boolean {
  return replica === null ? version !== null : peers.has(replica);
}

function reasonOf(verdict: "bad" | "undecided", cause: string | null): Reason {
  if (verdict === "bad") return cause === "slow" || cause === "leak" ? cause : "errors";
  return cause === "too-few-answers" || cause === "unclaimed" ? cause : "no-basis";
}
