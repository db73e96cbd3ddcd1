import { formatDuration } from "../kit/units.ts";
import type { Course } from "../model/kind.ts";
import type { Replica } from "../model/replica.ts";
import type { Candidate, ReadyCandidate } from "./candidate.ts";
import { Comparison } from "./comparison.ts";
import type { Move } from "./moves.ts";
import type { RolloutParams } from "./params.ts";
import { heed, until } from "./patience.ts";
import { Setback } from "./setback.ts";
import { samplesBySource } from "./sources.ts";

/** Ready so often in a row, so far apart. */
const READY_TIMES = 3;
const READY_EVERY_MS = 200;
/** A dead one stops answering before its death is known: so long it is waited for. */
const DEATH_TOLD_MS = 1000;

/**
 * The gates, in order: ready several times in a row, answering with another version than before, long enough in service, no
 * worse than the others at the same time. Resolves when it is good; throws the Setback of the first gate that it does not pass.
 */
export async function trial(
  course: Course,
  params: RolloutParams,
  candidate: Candidate,
): Promise<void> {
  const { move, since } = candidate;
  const left = (): number => params.deadline - (course.now() - since) / 1000;
  const life = new Life(course, candidate);
  await getReady(course, life, left, params);
  const readyAt = course.now();
  const version = life.now()?.version ?? null;
  checkVersion(version, move);
  await serve(course, life, left, params);
  checkAnswers(course, candidate, readyAt);
  if (params.gate === "ready") return;
  await compare(course, params, { ...candidate, version }, life, left);
  await life.mustServe();
}

/** The life of a candidate: which process it is, so that another one in its place is a death. */
class Life {
  readonly #course: Course;
  readonly #candidate: Candidate;
  #instance: string | null = null;

  constructor(course: Course, candidate: Candidate) {
    this.#course = course;
    this.#candidate = candidate;
  }

  get name(): string {
    return this.#candidate.move.target.name;
  }

  /** As it is known now, null: not yet; throws when it has died. */
  now(): Replica | null {
    const { key, former } = this.#candidate;
    const known = this.#course.replicas().find((replica) => replica.key === key) ?? null;
    const replica = known?.instance != null && known.instance === former ? null : known;
    const instance = replica?.instance ?? null;
    this.#instance ??= replica?.state === "running" ? instance : null;
    if (this.#instance !== null && instance !== this.#instance) {
      throw new Setback("died", `the new ${this.name} died (it was ${this.#instance})`, {
        replica: this.name,
        state: replica?.state ?? "removed",
      });
    }
    return replica;
  }

  /** Rejects when it has died or is not ready any more. */
  async mustServe(): Promise<null> {
    if (this.now()?.ready) return null;
    await until(this.#course, DEATH_TOLD_MS, () => this.now() && null);
    const text = `the new ${this.name} is not ready any more${this.why()}`;
    throw new Setback("never-ready", text, { replica: this.name });
  }

  /** Why it is not ready, as the end of a sentence. */
  why(): string {
    const unready = this.now()?.unready;
    return unready === undefined ? "" : `: ${unready}`;
  }
}

async function getReady(
  course: Course,
  life: Life,
  left: () => number,
  { deadline }: RolloutParams,
): Promise<void> {
  for (let times = 0; times < READY_TIMES; ) {
    const ready = await until(course, left(), () => (life.now()?.ready ? true : null));
    if (ready === null) {
      const text = `the new ${life.name} did not get ready within ${formatDuration(deadline)}${life.why()}`;
      throw new Setback("never-ready", text, { replica: life.name });
    }
    times += 1;
    await course.clock.sleep(READY_EVERY_MS, course.signal);
    if (!life.now()?.ready) times = 0;
  }
  course.note(`the new ${life.name} is ready, ${READY_TIMES} times in a row`, { stage: "ready" });
}

/** It has to stay ready for as long as it was asked to, within its deadline. */
async function serve(
  course: Course,
  life: Life,
  left: () => number,
  { deadline, "min-in-service": wanted }: RolloutParams,
): Promise<void> {
  const from = course.now();
  const given = Math.min(wanted, left());
  await until(course, given, () => life.mustServe());
  if (given < wanted) {
    const text = `the deadline of ${formatDuration(deadline)} came before the new ${life.name} had served for ${formatDuration(wanted)}`;
    throw new Setback("no-basis", text, { replica: life.name });
  }
  const took = formatDuration((course.now() - from) / 1000);
  course.note(`${life.name} has been ready for ${took}`, { stage: "served" });
}

/** Answers may call a version by another name than the compose file does, but not by that of the one before. */
function checkVersion(version: string | null, move: Move): void {
  const { answeredAs, after } = move;
  if (version === null || version === after.name || version !== answeredAs) return;
  refuseFormer(version, move);
}

/**
 * Where no probe is told a version, its own answers are, in place: not that of those who run something else. A surge has the
 * old one answer under the same name.
 */
function checkAnswers(course: Course, { move, alike }: Candidate, since: number): void {
  const { target, strategy, after } = move;
  if (strategy === "surge") return;
  const sources = samplesBySource(course.buckets, since);
  const versionsOf = (isMeant: (replica: string) => boolean): readonly string[] =>
    sources.flatMap(({ replica, version }) =>
      replica !== null && version !== null && isMeant(replica) ? [version] : [],
    );
  const own = versionsOf((replica) => replica === target.name);
  const peers = new Set(
    course
      .replicas()
      .filter(({ service, name }) => service === target.service && name !== target.name)
      .filter(({ name }) => !alike.includes(name))
      .map(({ name }) => name),
  );
  const former = versionsOf((replica) => peers.has(replica));
  const stale = own.find((version) => version !== after.name && former.includes(version));
  if (stale !== undefined) refuseFormer(stale, move);
}

function refuseFormer(version: string, { target, after }: Move): void {
  if (after.name === null) return;
  throw new Setback(
    "wrong-version",
    `the new ${target.name} still answers as ${version}, not as ${after.name}`,
    { replica: target.name, version, expected: after.name },
  );
}

async function compare(
  course: Course,
  params: RolloutParams,
  candidate: ReadyCandidate,
  life: Life,
  left: () => number,
): Promise<void> {
  mustDiffer(candidate);
  const comparison = new Comparison(course, params, candidate);
  while (left() > 0) {
    heed(course);
    await life.mustServe();
    await comparison.look();
    if (comparison.isOver) break;
    await course.clock.sleep(100, course.signal);
  }
  comparison.decide();
}

/** Beside the old one, under its name, the new one is told apart by its version alone. */
function mustDiffer({ move, version }: ReadyCandidate): void {
  const { strategy, target, answeredAs } = move;
  if (strategy !== "surge" || version === null || version !== answeredAs) return;
  throw new Setback(
    "no-basis",
    `the old and the new ${target.name} both answer as ${version}: nobody can tell their answers apart (the strategy in-place can)`,
    { replica: target.name, version },
  );
}
