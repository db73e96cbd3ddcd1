import type { Replica, TargetRef } from "../model/replica.ts";
import type { ReplicaSpec } from "../model/stack.ts";

/** What is said of a target that is gone. */
export function removedReplica({ key, service, name }: TargetRef): Replica {
  return { ...lifeless, key, service, name, state: "removed", health: "none" };
}

/** What is said of a declared replica while its project is not up. */
export function declaredReplica(key: string, spec: ReplicaSpec): Replica {
  const { name, service, healthcheck } = spec;
  const health = healthcheck === null ? "none" : "starting";
  return { ...lifeless, key, service, name, state: "created", health };
}

const lifeless = {
  ready: false,
  version: null,
  instance: null,
  startedAt: null,
  restarts: 0,
} as const;
