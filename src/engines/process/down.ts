import { dependents, prerequisites } from "./dependencies.ts";
import type { Fleet } from "./fleet.ts";

/** Stops and removes every replica, each after all that depend on it, and forgets the stack. */
export async function takeDown(fleet: Fleet): Promise<void> {
  const { replicas } = fleet;
  await stopInOrder(fleet, new Set(replicas.map(({ spec }) => spec.name)));
  await Promise.all(replicas.map((replica) => replica.remove()));
  fleet.clear();
}

/** Stops the named replicas gracefully, in reverse order of dependencies; what does not depend on each other at once. */
export async function stopInOrder(fleet: Fleet, names: ReadonlySet<string>): Promise<void> {
  const waiting = dependents(prerequisites(fleet.replicas.map(({ spec }) => spec)));
  const stops = new Map<string, Promise<void>>();
  const stop = (name: string): Promise<void> => {
    const known = stops.get(name) ?? stopAfter(name);
    stops.set(name, known);
    return known;
  };
  const stopAfter = async (name: string): Promise<void> => {
    await Promise.all((waiting.get(name) ?? []).map(stop));
    const replica = fleet.get(name);
    if (!names.has(name) || replica.view().state === "created") return;
    await replica.stop();
  };
  await Promise.all([...names].map(stop));
}
