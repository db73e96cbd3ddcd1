import { setTimeout } from "node:timers/promises";
import { AegisError } from "../kit/errors.ts";
import type { Course } from "../model/kind.ts";
import type { Hold, Lifecycle } from "../model/powers.ts";
import { type Replica, refOf, type TargetRef } from "../model/replica.ts";
import type { Release } from "../model/stack.ts";
import type { RolloutPowers } from "./foresee.ts";
import { isSame, labelOf, type Move } from "./moves.ts";

/** What a guard keeps: enough to put a replica back in a fresh process. JSON. */
export interface Guarded {
  readonly release: Release;
  /** Was it ready? One that was not is not waited for. */
  readonly ready: boolean;
  /** It was moved by a surge, and goes back by one: in place somebody may have asked for, or nothing else can be. */
  readonly surge: boolean;
  /** The other replicas of its service: they serve while it is away. */
  readonly peers: readonly TargetRef[];
}

/** On whose behalf, and who waits. */
export interface PutBackOptions {
  readonly hold: Hold | null;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** How long an old replica may take to be ready again. */
const READY_MS = 60_000;
/** How long all others are waited for before one that serves is stopped. */
const ROOM_MS = 20_000;
const POLL_MS = 100;

/** What is guarded of a replica that is about to be moved. */
export function guardedOf(
  course: Pick<Course, "replicas">,
  { target, before: release, strategy }: Move,
): Guarded {
  const replicas = course.replicas();
  const peers = replicas
    .filter(({ service, key }) => service === target.service && key !== target.key)
    .map(refOf);
  const ready = replicas.find(({ key }) => key === target.key)?.ready ?? false;
  return { release, ready, surge: strategy === "surge", peers };
}

/**
 * Makes a replica what it was, wherever a rollout of it stopped: the old one serves first, then the new one goes, by a surge
 * where there can be one. Idempotent; a target that is gone counts as undone. Rejects when the old one does not get ready, and
 * rather than to stop the only one that is.
 */
export async function putBack(
  powers: RolloutPowers,
  target: TargetRef,
  before: Guarded,
  options: PutBackOptions,
): Promise<void> {
  const { lifecycle, releases, members } = powers;
  const now = await lifecycle.stateOf(target);
  const beside = await members.beside(target);
  if (now.state === "removed" && beside === null) return;
  if (!isSame(await releases.of(target), before.release)) {
    if (await canSurge(powers, now, beside, before)) {
      return surgeBack(powers, target, beside, before, options);
    }
    if (now.ready) await othersServe(lifecycle, target, before, options);
    if (!LIFELESS.has(now.state)) await lifecycle.stop(target, options.hold);
    await releases.put(target, before.release);
  }
  if (now.state === "removed") await lifecycle.recreate(target);
  else await lifecycle.start(target);
  if (before.ready) await readyAgain(lifecycle, target, before, options);
  await members.dismiss(target);
}

/** Is the old one beside it already, or may it be? One that does not serve has nothing to be surged for. */
async function canSurge(
  { members, releases }: RolloutPowers,
  target: Replica,
  beside: Replica | null,
  { release, ready, surge }: Guarded,
): Promise<boolean> {
  if (!surge) return false;
  if (beside !== null) return isSame(await releases.of(beside), release);
  return target.ready && ready && (await members.refusal(target)) === null;
}

async function surgeBack(
  { lifecycle, members }: RolloutPowers,
  target: TargetRef,
  beside: Replica | null,
  before: Guarded,
  options: PutBackOptions,
): Promise<void> {
  const living = beside !== null && !LIFELESS.has(beside.state) ? beside : null;
  if (living === null) await members.dismiss(target);
  const old = living ?? (await members.add(target, before.release, options.hold));
  await readyAgain(lifecycle, old, before, options);
  if (!LIFELESS.has((await lifecycle.stateOf(target)).state)) {
    await lifecycle.stop(target, options.hold);
  }
  await members.promote(target);
}

/** From a guard alone. */
export function putBackGuarded(
  powers: RolloutPowers,
  target: TargetRef,
  before: Guarded,
): Promise<void> {
  return putBack(powers, target, before, { hold: null, sleep: setTimeout });
}

const LIFELESS: ReadonlySet<string> = new Set(["exited", "created", "removed"]);

/** Waits for all others of the service; when they do not come, one of them is enough. */
async function othersServe(
  lifecycle: Lifecycle,
  target: TargetRef,
  { release, peers }: Guarded,
  { sleep }: PutBackOptions,
): Promise<void> {
  for (let waited = 0; ; waited += POLL_MS) {
    const states = await Promise.all(peers.map((peer) => lifecycle.stateOf(peer)));
    const ready = states.filter((peer) => peer.ready);
    if (ready.length === peers.length) return;
    if (waited < ROOM_MS) await sleep(POLL_MS);
    else if (ready.length > 0) return;
    else throw onlyOne(target, release);
  }
}

function onlyOne({ name, service }: TargetRef, release: Release): AegisError {
  return new AegisError(
    "ENVIRONMENT",
    `${name} is the only replica of ${service} that is ready: it is not stopped to put ${labelOf(release)} back`,
    { hint: "get another one ready, then run: aegis heal" },
  );
}

async function readyAgain(
  lifecycle: Lifecycle,
  target: TargetRef,
  { release }: Guarded,
  { sleep }: PutBackOptions,
): Promise<void> {
  for (let waited = 0; waited < READY_MS; waited += POLL_MS) {
    if ((await lifecycle.stateOf(target)).ready) return;
    await sleep(POLL_MS);
  }
  const seconds = READY_MS / 1000;
  throw new Error(
    `${target.name} was put back to ${labelOf(release)} and is not ready after ${seconds} s`,
  );
}
