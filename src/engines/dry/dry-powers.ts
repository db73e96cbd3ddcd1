import { AegisError } from "../../kit/errors.ts";
import type { Hold, Powers, StopOutcome } from "../../model/powers.ts";
import type { Replica, TargetRef } from "../../model/replica.ts";
import { removedReplica } from "../absent-replica.ts";
import type { DryProject } from "./dry-project.ts";
import type { RememberedReplica } from "./remembered-replica.ts";

/** What is held, by lease: keys of replicas. */
export type DryLeases = ReadonlyMap<string, Set<string>>;

const KILLED = { code: null, signal: "SIGKILL" } as const;
const DRAINED: StopOutcome = { outcome: "drained", exitCode: 0, tookMs: 0 };

/** Every power over remembered replicas. A command that is run exits 0 and says nothing. */
export function createDryPowers(project: DryProject, leases: DryLeases): Powers {
  const take = (target: TargetRef, hold: Hold): RememberedReplica => {
    const replica = project.find(target);
    const held = leases.get(hold.lease);
    if (held === undefined) {
      throw new AegisError("ENVIRONMENT", `the lease ${hold.lease} has run out`);
    }
    held.add(target.key);
    return replica;
  };
  const free = ({ key }: TargetRef): void => {
    for (const held of leases.values()) held.delete(key);
  };
  const stop = (replica: RememberedReplica): StopOutcome => {
    replica.end({ code: 0, signal: null }, true);
    return DRAINED;
  };
  return {
    lifecycle: {
      stateOf: async (target) => stateOf(project, target),
      crash: async (target) => {
        const replica = project.find(target);
        replica.needLife();
        replica.end(KILLED, false);
      },
      kill: async (target, hold) => {
        const replica = take(target, hold);
        if (replica.view().state !== "restarting") replica.needLife();
        replica.end(KILLED, true);
      },
      stop: async (target, hold) => stop(hold === null ? project.find(target) : take(target, hold)),
      start: async (target) => {
        project.find(target).start("aegis");
        free(target);
      },
      restart: async (target) => {
        const replica = project.find(target);
        replica.needExistence();
        const outcome = stop(replica);
        replica.start("aegis");
        return outcome;
      },
      pause: async (target, hold) => take(target, hold).pause(),
      unpause: async (target) => {
        project.find(target).unpause();
        free(target);
      },
      remove: async (target, hold) => take(target, hold).remove(),
      recreate: async (target) => {
        project.find(target).recreate();
        free(target);
      },
    },
    exec: {
      run: async (target) => {
        project.find(target).needLife();
        return { exitCode: 0, stdout: "", stderr: "" };
      },
    },
  };
}

function stateOf({ isUp, replicas }: DryProject, target: TargetRef): Replica {
  const known = isUp ? replicas.map((one) => one.view()) : [];
  return known.find(({ key }) => key === target.key) ?? removedReplica(target);
}
