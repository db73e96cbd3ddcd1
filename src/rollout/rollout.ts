import { AegisError, messageOf } from "../kit/errors.ts";
import { formatDuration } from "../kit/units.ts";
import type { Json } from "../kit/world.ts";
import type { Course } from "../model/kind.ts";
import type { Hold } from "../model/powers.ts";
import { type Replica, refOf } from "../model/replica.ts";
import type { Release } from "../model/stack.ts";
import type { Candidate } from "./candidate.ts";
import { asItIsNow, type RolloutPowers, RUNS } from "./foresee.ts";
import { type Foreseen, formerOf, isSame, labelOf, type Move, type WayBack } from "./moves.ts";
import type { RolloutParams } from "./params.ts";
import { until, whilePaused } from "./patience.ts";
import { type Guarded, guardedOf, putBack } from "./put-back.ts";
import { Setback } from "./setback.ts";
import { trial } from "./trial.ts";

/** What became of a rollout. JSON. */
export interface Ended {
  readonly outcome: "completed" | "rolled-back" | "undecided";
  /** A word for `reason of STEP`. */
  readonly reason: string;
  readonly detail: string;
  readonly replicas: readonly string[];
  /** Instances that this rollout started, so that the engine's events can prove it. */
  readonly started: readonly string[];
}

interface Touched {
  readonly move: Move;
  readonly before: Guarded;
  /** Of one that is moved in place: where it was reached. */
  readonly address: string | null;
  readonly lift: () => void;
}

/** Moves replicas one at a time; at the first that does not prove itself, all that were touched are put back, the last one first. */
export class Rollout {
  readonly #powers: RolloutPowers;
  readonly #params: RolloutParams;
  readonly #course: Course;
  readonly #hold: Hold;
  readonly #touched: Touched[] = [];
  readonly #started = new Set<string>();

  constructor(powers: RolloutPowers, params: RolloutParams, course: Course, hold: Hold) {
    this.#powers = powers;
    this.#params = params;
    this.#course = course;
    this.#hold = hold;
  }

  /** Rejects when something could not be put back: its guard stays; and, when all is back, for a bug of ours. */
  async run(): Promise<Ended> {
    const { to, moves } = this.#params.back ? this.#asRemembered() : this.#foreseen;
    try {
      for (const move of moves) await this.#one(move, to);
      await this.#allServe(to);
    } catch (thrown) {
      const ended = await this.#takeBack(asSetback(thrown));
      if (thrown instanceof Setback || thrown instanceof AegisError) return ended;
      throw thrown;
    }
    if (this.#touched.length > 0) this.#course.remember(this.#wayBack() as unknown as Json);
    this.#course.liftAll();
    const detail = this.#touched.length === 0 ? `all ran ${to} already` : `all run ${to}`;
    this.#course.note(`completed: ${detail}`, { stage: "completed" });
    return this.#ended("completed", this.#touched.length === 0 ? "already" : "good", detail);
  }

  get #foreseen(): Foreseen {
    return this.#course.foreseen as unknown as Foreseen;
  }

  get #remembered(): WayBack | null {
    return this.#course.remembered() as WayBack | null;
  }

  /** An earlier step of the same run may have left another way back than there was when this was foreseen. */
  #asRemembered(): Pick<Foreseen, "to" | "moves"> {
    const known = this.#remembered?.moves ?? [];
    const moves = this.#foreseen.moves.map((move) => {
      const after = known.find(({ name }) => name === move.target.name)?.release ?? move.after;
      return { ...move, after, already: isSame(move.before, after) };
    });
    return { to: labelOf((moves[0] as Move).after), moves };
  }

  /** Of replicas that were not touched, what earlier rollouts have left. */
  #wayBack(): WayBack {
    const own = this.#touched.map(({ move }) => ({ name: move.target.name, release: move.before }));
    const last = own.map(({ name }) => name);
    const others = this.#remembered?.moves.filter(({ name }) => !last.includes(name));
    return { moves: [...(others ?? []), ...own], last };
  }

  async #one(foreseen: Move, to: string): Promise<void> {
    const { name } = foreseen.target;
    const move = await asItIsNow(this.#powers, this.#params, foreseen, this.#course.replicas());
    if (move.already) {
      this.#course.note(`${name} runs ${to} already`, { stage: "already", replica: name });
      return;
    }
    await whilePaused(this.#course, name);
    await this.#roomFor(move);
    this.#course.busy(move.target);
    const replicas = this.#course.replicas();
    const alike = await this.#alike(move);
    const { key } = move.target;
    const former = replicas.find((replica) => replica.key === key)?.instance ?? null;
    const candidate = { move, key, former, since: this.#course.now(), alike };
    const before = guardedOf(this.#course, move);
    const address = move.strategy === "surge" ? null : await this.#addressOf(move);
    const { lift } = this.#course.guard(move.target, before as unknown as Json);
    const touched = { move, before, address, lift };
    this.#touched.push(touched);
    if (move.strategy === "surge") await this.#surge(candidate);
    else await this.#inPlace(candidate, touched);
    this.#course.busy(null);
    const took = formatDuration((this.#course.now() - candidate.since) / 1000);
    this.#note(move, "accepted", `${name} runs ${labelOf(move.after)}, after ${took}`);
  }

  /** The others of its service that run what it is to run: moved before it, by this rollout or another. */
  async #alike({ target, after }: Move): Promise<readonly string[]> {
    const others = this.#course
      .replicas()
      .filter(({ service, key }) => service === target.service && key !== target.key)
      .filter(({ state }) => RUNS.has(state));
    const releases = await Promise.all(
      others.map((other) => this.#powers.releases.of(refOf(other))),
    );
    return others
      .filter((_, index) => isSame(releases[index] as Release, after))
      .map(({ name }) => name);
  }

  /**
   * Waits until no other step has this one, and every other replica is ready: the one to be touched is never the last. One
   * that is not ready itself serves nobody, and need not wait for others.
   */
  async #roomFor({ target }: Move): Promise<void> {
    const { deadline } = this.#params;
    const missing = (): readonly Replica[] => {
      const all = this.#course.replicas().filter(({ service }) => service === target.service);
      const own = all.find(({ key }) => key === target.key);
      if (own === undefined || !RUNS.has(own.state)) return own === undefined ? [] : [own];
      return own.ready ? all.filter(({ ready }) => !ready) : [];
    };
    const room = await until(this.#course, deadline, () => (missing().length === 0 ? true : null));
    if (room !== null) return;
    const names = missing().map(({ name, state }) => `${name} (${state})`);
    throw new Setback(
      "others-not-ready",
      `${names.join(", ")} did not get ready within ${formatDuration(deadline)}: ${target.name} was not touched`,
    );
  }

  /** One that was accepted may have died since; and somebody may have asked for the end when the last one was. */
  async #allServe(to: string): Promise<void> {
    const { deadline } = this.#params;
    const keys = new Set(this.#touched.map(({ move: { target } }) => target.key));
    const missing = (): readonly Replica[] =>
      this.#course.replicas().filter(({ key, ready }) => keys.has(key) && !ready);
    const all = await until(this.#course, deadline, () => (missing().length === 0 ? true : null));
    if (all !== null) return;
    const names = missing().map(({ name, state }) => `${name} (${state})`);
    throw new Setback("died", `${names.join(", ")} ran ${to} and is not ready any more`);
  }

  async #inPlace(candidate: Candidate, touched: Touched): Promise<void> {
    const { target, after } = candidate.move;
    const { lifecycle, releases } = this.#powers;
    await this.#drain(candidate.move);
    await releases.put(target, after);
    await lifecycle.start(target);
    const text = `the new ${target.name} runs ${labelOf(after)}`;
    this.#note(candidate.move, "started", text);
    await this.#warnIfElsewhere(touched);
    await this.#try(candidate);
  }

  /** Whoever looks names up only once (nginx does) is left with an address at which nobody is, and no gate by readiness sees it. */
  async #warnIfElsewhere({ move, address }: Touched): Promise<void> {
    const now = address === null ? null : await this.#addressOf(move);
    if (now === null || now === address) return;
    const { name } = move.target;
    this.#course.note(
      `warning: ${name} is at ${now} now, it was at ${address}: a forwarder that looked its name up only once does not find it`,
      { stage: "address-changed", replica: name, from: address, to: now },
    );
  }

  /** Not to know it is no reason to take anything back. */
  #addressOf({ target }: Move): Promise<string | null> {
    return this.#powers.releases.address(target).catch(() => null);
  }

  async #surge(candidate: Candidate): Promise<void> {
    const { move } = candidate;
    const { target, after } = move;
    const { members } = this.#powers;
    const { key, name } = await members.add(target, after, this.#hold);
    this.#note(move, "started", `${name} runs ${labelOf(after)} beside ${target.name}`);
    await this.#try({ ...candidate, key });
    await this.#drain(move);
    await members.promote(target);
    this.#note(move, "promoted", `the new ${target.name} has taken its place`);
  }

  async #try(candidate: Candidate): Promise<void> {
    await trial(this.#course, this.#params, candidate);
    const replicas = this.#course.replicas();
    const instance = replicas.find(({ key }) => key === candidate.key)?.instance;
    if (instance) this.#started.add(instance);
  }

  async #drain(move: Move): Promise<void> {
    const { target } = move;
    const { outcome, exitCode, signal, tookMs } = await this.#powers.lifecycle.stop(
      target,
      this.#hold,
    );
    const left = signal === null ? `left with exit ${exitCode}` : `left by ${signal}`;
    const how = outcome === "killed" ? "had to be killed" : left;
    this.#course.note(
      `the old ${target.name} (${formerOf(move)}) ${how} after ${formatDuration(tookMs)}`,
      { stage: "drained", replica: target.name, outcome, exitCode, tookMs },
    );
  }

  async #takeBack(setback: Setback): Promise<Ended> {
    const { reason, message, facts, undecided } = setback;
    this.#course.note(`taken back: ${message}`, { stage: "setback", reason, ...facts });
    const { clock } = this.#course;
    const options = { hold: this.#hold, sleep: (ms: number) => clock.sleep(ms) };
    for (const touched of [...this.#touched].reverse()) {
      const { move, before, lift } = touched;
      this.#course.busy(move.target);
      await putBack(this.#powers, move.target, before, options);
      lift();
      this.#note(move, "put-back", `${move.target.name} runs ${formerOf(move)} again`);
      await this.#warnIfElsewhere(touched);
    }
    this.#course.busy(null);
    return this.#ended(undecided ? "undecided" : "rolled-back", reason, message);
  }

  #ended(outcome: Ended["outcome"], reason: string, detail: string): Ended {
    const replicas = this.#touched.map(({ move }) => move.target.name);
    return { outcome, reason, detail, replicas, started: [...this.#started] };
  }

  #note({ target, strategy }: Move, stage: string, text: string): void {
    this.#course.note(text, { stage, replica: target.name, strategy });
  }
}

/** What an engine refuses in the middle of it takes the rollout back as well. */
function asSetback(thrown: unknown): Setback {
  return thrown instanceof Setback ? thrown : new Setback("refused", messageOf(thrown));
}
