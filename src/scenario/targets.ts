import { rank } from "../kit/seed.ts";
import type { Pick, TargetPlan } from "../model/plan.ts";
import type { Replica } from "../model/replica.ts";

/** What a choice of targets depends on. */
export interface Choice {
  readonly target: TargetPlan;
  readonly seed: number;
  readonly step: string;
  /** 0-based. */
  readonly occurrence: number;
  readonly replicas: readonly Replica[];
  /** Key of a replica -> the injection it has not yet recovered from. */
  readonly harmed: ReadonlyMap<string, string>;
  /** Replicas of one service harmed at a time. */
  readonly down: number | null;
  /** Of `same-as`: keys of the replicas that the other step hit last. */
  readonly sameAs: readonly string[];
}

export type Chosen =
  | { readonly targets: readonly Replica[] }
  /** Too few: a clause that says why. */
  | { readonly short: string };

/** The replicas that one occurrence of a step harms, in order. */
export function chooseTargets(choice: Choice): Chosen {
  const { target } = choice;
  if (target.by !== "service") return chooseNamed(choice);
  const all = choice.replicas.filter(({ service }) => service === target.service);
  const wanted = wantedCount(target.pick, all.length);
  const eligible = all.filter((replica) => obstacle(choice, replica) === null);
  const ranked = inOrder(choice, eligible).slice(0, wanted);
  const room = roomIn(choice, target.service);
  const atOnce = target.oneByOne ? Math.min(1, wanted) : wanted;
  if (wanted > 0 && ranked.length === wanted && atOnce <= room) return { targets: ranked };
  const reasons = all.flatMap((replica) => obstacle(choice, replica) ?? []);
  if (atOnce > room) reasons.push(`limits.down is ${choice.down}`);
  return { short: `${wanted} of ${target.service} wanted: ${reasons.join(", ") || "it has none"}` };
}

/** Why this one cannot be harmed now; null when it can. */
export function obstacle(choice: Choice, replica: Replica): string | null {
  const { target, harmed } = choice;
  const by = harmed.get(replica.key);
  if (by !== undefined) return `${replica.name} has not recovered from ${by}`;
  if (replica.state === "removed") return `${replica.name} is gone`;
  if (target.by !== "service" || target.only === "any") return null;
  if (target.only === "ready" && !replica.ready) return `${replica.name} is not ready`;
  if (target.only === "healthy" && replica.health !== "healthy") {
    return `${replica.name} is not healthy`;
  }
  return null;
}

/** How many more of a service may be harmed now. */
export function roomIn({ down, replicas, harmed }: Choice, service: string): number {
  if (down === null) return Number.POSITIVE_INFINITY;
  const hurt = replicas.filter((each) => each.service === service && harmed.has(each.key));
  return Math.max(0, down - hurt.length);
}

/** How many of `total` a pick means. */
export function wantedCount(pick: Pick, total: number): number {
  switch (pick.kind) {
    case "all":
      return total;
    case "all-but":
      return Math.max(0, total - pick.count);
    case "count":
      return pick.count;
    case "share":
      return Math.max(1, Math.ceil(pick.share * total - 1e-9));
  }
}

/**
 * Names in the order of a seeded choice: lowest hash(seed, step, occurrence, name) first. By name, not key, so that the choice
 * is the same on every engine; by occurrence, so that neither another step nor another replica reshuffles it.
 */
export function rankNames(
  names: readonly string[],
  {
    seed,
    step,
    occurrence,
  }: { readonly seed: number; readonly step: string; readonly occurrence: number },
): string[] {
  return rank(names, (name) => name, seed, step, occurrence + 1);
}

function inOrder(choice: Choice, replicas: readonly Replica[]): Replica[] {
  const places = new Map(
    rankNames(
      replicas.map(({ name }) => name),
      choice,
    ).map((name, place) => [name, place]),
  );
  const place = ({ name }: Replica): number => places.get(name) ?? 0;
  const { target } = choice;
  const prefer = target.by === "service" ? target.prefer : "random";
  const sign = { random: 0, oldest: 1, newest: -1 }[prefer];
  const age = ({ startedAt }: Replica): number =>
    startedAt === null ? Number.MAX_VALUE : sign * startedAt;
  return [...replicas].sort((a, b) => age(a) - age(b) || place(a) - place(b));
}

function chooseNamed(choice: Choice): Chosen {
  const { target, replicas, sameAs } = choice;
  if (target.by === "service") return { short: "" };
  const targets =
    target.by === "replica"
      ? replicas.filter(({ name }) => name === target.replica)
      : replicas.filter(({ key }) => sameAs.includes(key));
  if (targets.length === 0) {
    const none =
      target.by === "replica" ? `there is no ${target.replica}` : `${target.step} has hit none`;
    return { short: none };
  }
  const reasons = targets.flatMap((replica) => obstacle(choice, replica) ?? []);
  for (const service of new Set(targets.map((each) => each.service))) {
    const wanted = targets.filter((each) => each.service === service).length;
    if (wanted > roomIn(choice, service)) reasons.push(`limits.down is ${choice.down}`);
  }
  return reasons.length === 0 ? { targets } : { short: reasons.join(", ") };
}
