import { AegisError } from "../kit/errors.ts";
import type { Dependency, ReplicaSpec } from "../model/stack.ts";

/** What one replica waits for: the replicas behind one `depends_on` entry. */
export interface Prerequisite {
  readonly replica: string;
  readonly condition: Dependency["condition"];
}

/** For each replica, in declared order, those it waits for. Throws INVALID_INPUT for an unknown name or a cycle. */
export function prerequisites(specs: readonly ReplicaSpec[]): Map<string, Prerequisite[]> {
  const all = new Map<string, Prerequisite[]>();
  for (const spec of specs) {
    const waits = spec.dependsOn.flatMap(({ on, condition }) => {
      const behind = specs.filter(({ name, service }) => name === on || service === on);
      if (behind.length === 0) {
        throw new AegisError(
          "INVALID_INPUT",
          `${spec.name} depends on "${on}", which is not declared`,
        );
      }
      return behind.map(({ name }) => ({ replica: name, condition }));
    });
    all.set(spec.name, waits);
  }
  for (const { name } of specs) refuseCycle(name, all, []);
  return all;
}

function refuseCycle(
  name: string,
  all: ReadonlyMap<string, readonly Prerequisite[]>,
  path: readonly string[],
): void {
  if (path.includes(name)) {
    const cycle = [...path.slice(path.indexOf(name)), name].join(" -> ");
    throw new AegisError("INVALID_INPUT", `dependencies go in a circle: ${cycle}`);
  }
  for (const { replica } of all.get(name) ?? []) refuseCycle(replica, all, [...path, name]);
}

/** Those whose end is waited for: one-shot jobs. They are done, not ready. */
export function jobs(all: ReadonlyMap<string, readonly Prerequisite[]>): Set<string> {
  const waits = [...all.values()].flat();
  return new Set(waits.filter((one) => one.condition === "completed").map((one) => one.replica));
}

/** For each replica those that wait for it, to be stopped before it. */
export function dependents(
  all: ReadonlyMap<string, readonly Prerequisite[]>,
): Map<string, string[]> {
  const result = new Map<string, string[]>([...all.keys()].map((name) => [name, []]));
  for (const [name, waits] of all) {
    for (const { replica } of waits) result.get(replica)?.push(name);
  }
  return result;
}

/** Does something to each of these, once all that depend on it (`waiting`, by name) have had it done; what does not depend on each other at once. */
export async function afterDependents(
  names: Iterable<string>,
  waiting: ReadonlyMap<string, readonly string[]>,
  work: (name: string) => Promise<void>,
): Promise<void> {
  const begun = new Map<string, Promise<void>>();
  const begin = (name: string): Promise<void> => {
    const known = begun.get(name) ?? turnOf(name);
    begun.set(name, known);
    return known;
  };
  const turnOf = async (name: string): Promise<void> => {
    await Promise.all((waiting.get(name) ?? []).map(begin));
    await work(name);
  };
  await Promise.all([...names].map(begin));
}
