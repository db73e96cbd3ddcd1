import type { Engine } from "../engines/engine.ts";
import type { Replica } from "../model/replica.ts";

/** What a run finds of a project, and what it leaves. */
export interface Surroundings {
  readonly replicas: readonly Replica[];
  /** Everything else of it, by name. */
  readonly belongings: readonly string[];
}

/** Looks at everything of a project. */
export async function lookAround(
  engine: Pick<Engine, "replicas" | "belongings">,
): Promise<Surroundings> {
  const [replicas, belongings] = await Promise.all([engine.replicas(), engine.belongings()]);
  return { replicas, belongings };
}

/** One thing that is not as it was. */
export interface Residue {
  readonly sentence: string;
  /** It may yet pass: a replica that runs again, but is not ready yet; a helper that is going away. */
  readonly passing: boolean;
}

/**
 * What a run left different from what it found: state after minus (before + what steps intended), as sentences. Which
 * process runs and how often it was restarted are not compared: a healed crash is what restart policies are for.
 */
export function residueOf(
  before: Surroundings,
  after: Surroundings,
  intended: ReadonlyMap<string, ReadonlySet<keyof Replica>>,
): readonly Residue[] {
  const afterByKey = new Map(after.replicas.map((replica) => [replica.key, replica]));
  const beforeKeys = new Set(before.replicas.map((replica) => replica.key));
  const changed = before.replicas.flatMap((was) => {
    const now = afterByKey.get(was.key);
    if (!now) return [lasting(`${was.name} is gone (it was ${was.state})`)];
    const meant = intended.get(was.key) ?? new Set();
    return compare(was, now)
      .filter(([field]) => !meant.has(field))
      .map(([field, sentence]) => ({ sentence, passing: field === "ready" }));
  });
  const added = after.replicas
    .filter((replica) => !beforeKeys.has(replica.key) && replica.state !== "removed")
    .map((replica) => lasting(`${replica.name} is new (${replica.state})`));
  const had = new Set(before.belongings);
  const left = after.belongings
    .filter((name) => !had.has(name))
    .map((name): Residue => ({ sentence: `${name} is new`, passing: true }));
  return [...changed, ...added, ...left];
}

function lasting(sentence: string): Residue {
  return { sentence, passing: false };
}

function compare(was: Replica, now: Replica): readonly (readonly [keyof Replica, string])[] {
  const differences: (readonly [keyof Replica, string])[] = [];
  if (was.state !== now.state) {
    differences.push(["state", `${was.name} is ${now.state} (it was ${was.state})`]);
  } else if (was.ready && !now.ready) {
    differences.push(["ready", `${was.name} is not ready (it was)`]);
  }
  if (was.version !== null && now.version !== null && was.version !== now.version) {
    differences.push(["version", `${was.name} runs ${now.version} (it ran ${was.version})`]);
  }
  return differences;
}
