/** One running (or not running) instance of a service, as an engine sees it now. */
export interface Replica {
  /** Opaque; survives recreation where the platform has such a thing. */
  readonly key: string;
  readonly service: string;
  readonly name: string;
  readonly state: ReplicaState;
  readonly health: "healthy" | "unhealthy" | "starting" | "none";
  readonly ready: boolean;
  /** Why it is not ready, by the last look at it; absent when it is, or when nobody can tell. */
  readonly unready?: string;
  readonly version: string | null;
  /** The process id or container id of this life; null when there is none. */
  readonly instance: string | null;
  /** Wall time in milliseconds; null when it does not run. */
  readonly startedAt: number | null;
  /** How often the restart policy has brought it back. */
  readonly restarts: number;
}

export type ReplicaState = "created" | "running" | "paused" | "restarting" | "exited" | "removed";

/** Something an engine saw: the evidence that is independent of what a step says of itself. */
export interface EngineEvent {
  readonly type: EngineEventType;
  /** World clock, microseconds. */
  readonly at: number;
  /** The replica right after the event: a fold of events is the state at any time. */
  readonly replica: Replica;
  /** The life that the event is about: of a `died`, the one that ended. */
  readonly instance: string | null;
  /** Of `died`: how. Exactly one of the two is set; null otherwise. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Who caused it: aegis by a command, the engine's own policy (restarts, and what it puts back when a lease runs out), or neither of them. */
  readonly by: "aegis" | "policy" | "itself";
}

export type EngineEventType =
  | "snapshot"
  | "created"
  | "started"
  | "ready"
  | "unready"
  | "healthy"
  | "unhealthy"
  | "paused"
  | "unpaused"
  | "died"
  | "removed";

/** What a ledger entry keeps of a target: enough to find it again in a fresh process, after its id has changed. */
export interface TargetRef {
  readonly key: string;
  readonly service: string;
  readonly name: string;
  /** The life that was harmed. */
  readonly instance: string | null;
}

/** A replica as what is kept of a target. */
export function refOf({ key, service, name, instance }: Replica): TargetRef {
  return { key, service, name, instance };
}

export interface Address {
  readonly host: string;
  readonly port: number;
}
