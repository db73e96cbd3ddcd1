import { AegisError } from "../../kit/errors.ts";
import type { Hold, Members, Powers, Releases, StopOutcome } from "../../model/powers.ts";
import type { Replica, TargetRef } from "../../model/replica.ts";
import type { Stack } from "../../model/stack.ts";
import { removedReplica } from "../absent-replica.ts";
import { noInside } from "../no-inside.ts";
import { namedReleases } from "../released.ts";
import type { DryProject } from "./dry-project.ts";
import type { RememberedReplica } from "./remembered-replica.ts";

/** What is held, by lease: keys of replicas. */
export type DryLeases = ReadonlyMap<string, Set<string>>;

const KILLED = { code: null, signal: "SIGKILL" } as const;
const DRAINED: StopOutcome = { outcome: "drained", exitCode: 0, signal: null, tookMs: 0 };

/** Every power over remembered replicas. A command that is run exits 0 and says nothing. */
export function createDryPowers(project: DryProject, leases: DryLeases, stack: Stack): Powers {
  const take = (target: TargetRef, hold: Hold): RememberedReplica => {
    const replica = project.find(target);
    heldUnder(leases, hold).add(target.key);
    return replica;
  };
  // A newcomer is held until it is promoted or dismissed, whatever is done to it.
  const free = ({ key }: { readonly key: string }): void => {
    if (project.isNewcomer(key)) return;
    for (const held of leases.values()) held.delete(key);
  };
  const stop = (target: TargetRef, hold: Hold | null): StopOutcome => {
    const replica = hold === null ? project.find(target) : take(target, hold);
    replica.end({ code: 0, signal: null }, true);
    return DRAINED;
  };
  return {
    lifecycle: {
      stateOf: async (target) => stateOf(project, target),
      kill: async (target, hold) => {
        const replica = take(target, hold);
        if (replica.view().state !== "restarting") replica.needLife();
        replica.end(KILLED, true);
      },
      stop: async (target, hold) => stop(target, hold),
      start: async (target) => {
        project.find(target).start("aegis");
        free(target);
      },
      restart: async (target, hold) => {
        const replica = project.find(target);
        replica.needExistence();
        const outcome = stop(target, hold);
        replica.start("aegis");
        free(target);
        return outcome;
      },
      pause: async (target, hold) => take(target, hold).pause(),
      unpause: async (target) => {
        project.find(target).unpause();
        free(target);
      },
      losses: async () => [],
      remove: async (target, hold) => take(target, hold).remove(),
      recreate: async (target) => {
        project.find(target).recreate();
        free(target);
      },
    },
    crash: {
      crash: async (target) => {
        const replica = project.find(target);
        replica.needLife();
        replica.end(KILLED, false);
      },
    },
    exec: {
      run: async (target) => {
        project.find(target).needLife();
        return { exitCode: 0, stdout: "", stderr: "" };
      },
      hold: async (target, _harm, hold) => {
        project.find(target).needExistence();
        heldUnder(leases, hold);
      },
      free: async () => undefined,
    },
    inside: noInside,
    releases: createReleases(project, stack),
    members: createMembers(project, leases, free),
  };
}

/** Everything that a release could need is here. */
function createReleases(project: DryProject, stack: Stack): Releases {
  return {
    named: async (target) => namedReleases(stack, target),
    source: async () => null,
    of: async (target) => project.find(target).release,
    address: async () => null,
    dropUnused: async () => [],
    pin: async (target, release) => {
      project.find(target);
      return release;
    },
    put: async (target, release) => project.find(target).put(release),
  };
}

function createMembers(
  project: DryProject,
  leases: DryLeases,
  free: (target: { readonly key: string }) => void,
): Members {
  return {
    refusal: async () => null,
    add: async (target, release, hold) => {
      const held = hold === null ? null : heldUnder(leases, hold);
      const { key, service, name, instance } = project.add(target, release).view();
      held?.add(key);
      return { key, service, name, instance };
    },
    beside: async (target) => project.beside(target)?.view() ?? null,
    promote: async (target) => {
      const newcomer = project.beside(target)?.view();
      project.promote(target);
      free(target);
      if (newcomer !== undefined) free(newcomer);
    },
    dismiss: async (target) => {
      const newcomer = project.beside(target)?.view();
      if (newcomer === undefined) return;
      project.dismiss(project.find(target), "aegis");
      free(newcomer);
    },
  };
}

/** The keys that a lease holds. */
function heldUnder(leases: DryLeases, { lease }: Hold): Set<string> {
  const held = leases.get(lease);
  if (held !== undefined) return held;
  throw new AegisError("ENVIRONMENT", `the lease ${lease} has run out`);
}

function stateOf({ isUp, replicas }: DryProject, target: TargetRef): Replica {
  const known = isUp ? replicas.map((one) => one.view()) : [];
  return known.find(({ key }) => key === target.key) ?? removedReplica(target);
}
