import { DECLARED_RELEASE } from "../engines/released.ts";
import { AegisError } from "../kit/errors.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { Outlook } from "../model/kind.ts";
import type { Powers } from "../model/powers.ts";
import { type Replica, refOf, type TargetRef } from "../model/replica.ts";
import type { Release } from "../model/stack.ts";
import { type Foreseen, isSame, labelOf, type Move, type WayBack } from "./moves.ts";
import type { RolloutParams } from "./params.ts";

export type RolloutPowers = Pick<Powers, "lifecycle" | "releases" | "members">;

/**
 * What a rollout is going to do, replica by replica. Everything it needs is got ready (images pulled or built, where the
 * outlook lets it) while nothing has been stopped. Throws INVALID_INPUT or ENVIRONMENT.
 */
export async function foresee(
  powers: RolloutPowers,
  params: RolloutParams,
  outlook: Outlook,
): Promise<Foreseen> {
  const pinned = new Map<string, Release>();
  const moves: Move[] = [];
  if (outlook.aimed.length === 0) throw nobodyThere();
  if (params.gate === "compare" && !outlook.answersName) throw nobodyNamed();
  for (const replica of inTurn(outlook.aimed, params)) {
    const target = refOf(replica);
    const wanted = await wantedRelease(powers, params, target, outlook);
    if (wanted === null) continue;
    const wish = JSON.stringify([replica.service, wanted]);
    const after = pinned.get(wish) ?? (await powers.releases.pin(target, wanted, outlook));
    pinned.set(wish, after);
    const before = await powers.releases.of(target);
    const already = isSame(before, after);
    if (!already) refuseLifeless(replica);
    const way = already ? UNMOVED : await strategyFor(powers, params, replica, outlook);
    moves.push({ target, ...way, before, after, answeredAs: replica.version, already });
  }
  if (moves.length === 0) throw nothingToTakeBack(outlook.aimed);
  const first = moves[0] as Move;
  const to = params.to ?? params.image ?? (params.build ? "a new build" : labelOf(first.after));
  return { to, moves };
}

/** What is taken back may be why one is not ready: it goes first, as all others would have to wait for it. */
function inTurn(aimed: readonly Replica[], { back }: RolloutParams): readonly Replica[] {
  return back ? [...aimed].sort((a, b) => Number(a.ready) - Number(b.ready)) : aimed;
}

/** A move when its time has come: an earlier step of the same run may have changed what runs there. */
export async function asItIsNow(
  powers: RolloutPowers,
  params: RolloutParams,
  move: Move,
  replicas: readonly Replica[],
): Promise<Move> {
  const before = await powers.releases.of(move.target);
  const replica = replicas.find(({ key }) => key === move.target.key);
  if (isSame(before, move.before) || replica === undefined) return move;
  const already = isSame(before, move.after);
  const isOpen = move.already && !already;
  const way = isOpen ? await strategyFor(powers, params, replica, { replicas }) : {};
  return { ...move, ...way, before, already, answeredAs: replica.version };
}

/** What runs, if only now and then. */
export const RUNS: ReadonlySet<Replica["state"]> = new Set(["running", "restarting"]);

function refuseLifeless({ name, state }: Replica): void {
  if (RUNS.has(state)) return;
  throw new AegisError("ENVIRONMENT", `${name} does not run (it is ${state}): nothing to replace`, {
    hint: "get it to run first: `aegis status` shows what does",
  });
}

/** null: this replica was no part of what is taken back. */
async function wantedRelease(
  { releases }: RolloutPowers,
  { to, image, back }: RolloutParams,
  target: TargetRef,
  { remembered }: Outlook,
): Promise<Release | null> {
  if (image !== undefined) return { ...DECLARED_RELEASE, image };
  if (back) {
    const moves = (remembered as WayBack | null)?.moves ?? [];
    return moves.find(({ name }) => name === target.name)?.release ?? null;
  }
  if (to !== undefined) return named(await releases.named(target), to, target);
  const build = await releases.source(target);
  if (build !== null) return { ...DECLARED_RELEASE, build };
  throw new AegisError(
    "INVALID_INPUT",
    `nothing is built for ${target.service}: it has no build section, or runs as a plain process`,
    {
      hint: "name an image with `image`, or a version with `to`",
    },
  );
}

function named(
  versions: Readonly<Record<string, Release>>,
  to: string,
  { service }: TargetRef,
): Release {
  const found = Object.hasOwn(versions, to) ? versions[to] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(versions);
  throw new AegisError("INVALID_INPUT", `${service} has no version "${to}"`, {
    hint:
      known.length === 0
        ? `name it in the compose file: x-aegis: { versions: { ${to}: { env: { APP_VERSION: ${to} } } } }`
        : didYouMean(to, known),
  });
}

/** How a replica is replaced, and why so. */
type Way = Pick<Move, "strategy" | "noSurge">;

const UNMOVED: Way = { strategy: "in-place", noSurge: null };

async function strategyFor(
  { members }: RolloutPowers,
  { strategy, "allow-downtime": allowDowntime }: RolloutParams,
  replica: Replica,
  { replicas }: Pick<Outlook, "replicas">,
): Promise<Way> {
  const refusal = strategy === "in-place" ? null : await members.refusal(refOf(replica));
  if (strategy !== "in-place" && refusal === null) return { strategy: "surge", noSurge: null };
  if (strategy === "surge") {
    throw new AegisError("ENVIRONMENT", `no surge of ${replica.name}: ${refusal}`, {
      hint: "use the strategy in-place, or auto",
    });
  }
  const others = replicas.filter(
    ({ service, key }) => service === replica.service && key !== replica.key,
  );
  if (others.length > 0 || allowDowntime) return { strategy: "in-place", noSurge: refusal };
  const why = refusal === null ? "" : ` A surge cannot be: ${refusal}.`;
  throw new AegisError(
    "INVALID_INPUT",
    `${replica.name} is the only replica of ${replica.service}: replaced in place, nobody answers meanwhile.${why}`,
    { hint: "add a replica, or allow it: --allow-downtime (`allow-downtime: true`)" },
  );
}

function nobodyThere(): AegisError {
  return new AegisError("ENVIRONMENT", "nothing of what is to be moved is there", {
    hint: "`aegis status` shows what runs",
  });
}

function nobodyNamed(): AegisError {
  return new AegisError(
    "INVALID_INPUT",
    "answers do not say who gave them: the new version cannot be compared with the old one",
    {
      hint: "name the response headers that say it under x-aegis.identify, or let readiness alone decide: --gate ready (`gate: ready`)",
    },
  );
}

function nothingToTakeBack(aimed: readonly Replica[]): AegisError {
  const names = aimed.map(({ name }) => name).join(", ");
  return new AegisError("INVALID_INPUT", `no completed rollout of ${names} is known to take back`, {
    hint: "name the version to move to with --to",
  });
}
