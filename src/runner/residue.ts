import type { Replica } from "../model/replica.ts";

/** One thing that is not as it was. */
export interface Residue {
  readonly sentence: string;
  /** It may yet pass: a replica that runs again, but is not ready yet. */
  readonly passing: boolean;
}

/**
 * What a run left different from what it found: state after minus (before + what steps intended), as sentences. Which
 * process runs and how often it was restarted are not compared: a healed crash is what restart policies are for.
 */
export function residueOf(
  before: readonly Replica[],
  after: readonly Replica[],
  intended: ReadonlyMap<string, ReadonlySet<keyof Replica>>,
): readonly Residue[] {
  const afterByKey = new Map(after.map((replica) => [replica.key, replica]));
  const beforeKeys = new Set(before.map((replica) => replica.key));
  const changed = before.flatMap((was) => {
    const now = afterByKey.get(was.key);
    if (!now) return [lasting(`${was.name} is gone (it was ${was.state})`)];
    const meant = intended.get(was.key) ?? new Set();
    return compare(was, now)
      .filter(([field]) => !meant.has(field))
      .map(([field, sentence]) => ({ sentence, passing: field === "ready" }));
  });
  const added = after
    .filter((replica) => !beforeKeys.has(replica.key) && replica.state !== "removed")
    .map((replica) => lasting(`${replica.name} is new (${replica.state})`));
  return [...changed, ...added];
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
