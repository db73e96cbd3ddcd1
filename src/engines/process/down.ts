import { afterDependents, dependents, prerequisites } from "../dependencies.ts";
import type { Fleet } from "./fleet.ts";

/** Stops and removes every replica, each after all that depend on it, and forgets the stack. */
export async function takeDown(fleet: Fleet): Promise<void> {
  const { replicas } = fleet;
  await stopInOrder(fleet, new Set(replicas.map(({ name }) => name)));
  await Promise.all(replicas.map((replica) => replica.remove()));
  fleet.clear();
}

/** Stops the named replicas and newcomers beside them gracefully, in reverse order of dependencies; what does not depend on each other at once. */
export async function stopInOrder(fleet: Fleet, names: ReadonlySet<string>): Promise<void> {
  const waiting = dependents(prerequisites(fleet.replicas.map(({ spec }) => spec)));
  await afterDependents(names, waiting, async (name) => {
    const replica = fleet.get(name);
    if (!names.has(name) || replica.view().state === "created") return;
    await Promise.all([replica.stop(), fleet.newcomers.dismiss(replica)]);
  });
}
