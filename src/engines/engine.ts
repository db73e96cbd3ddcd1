import type { World } from "../kit/world.ts";
import type { AddressBook, Can, Power, Powers } from "../model/powers.ts";
import type { EngineEvent, Replica } from "../model/replica.ts";
import type { Stack } from "../model/stack.ts";

/** Makes an engine for one stack. Powers are probed here; nothing is started. Throws ENVIRONMENT when it cannot work at all. */
export type CreateEngine = (options: EngineOptions) => Promise<Engine>;

export interface EngineOptions {
  readonly stack: Stack;
  readonly world: World;
  /** This project's directory below `world.stateHome`, private (0700). Where nothing is to be changed it need not be there. */
  readonly stateDirectory: string;
}

/** What runs a stack. Nobody asks which one it is: they ask `can`. */
export interface Engine extends AddressBook {
  readonly name: string;
  readonly can: Can;
  readonly powers: Powers;
  /** The host that replicas run on when that is another machine, for people to see before anything is harmed there. */
  readonly remote: string | null;
  /** Set where nobody but aegis can start a project: one that is up is ours, and of one that is not up nothing is there. Elsewhere it may be anybody's. */
  readonly exclusive?: true;
  /** Names this life of the project: another one after somebody has taken it down and made it anew. null: there is none, or it cannot be told, as on an engine that has no such thing. */
  life?(): Promise<string | null>;
  /** Is anything of this project running (started by whoever)? */
  isUp(): Promise<boolean>;
  /** Is anything of it there that `down` would remove with what it holds, running or not, declared in our files or not? Where it is `exclusive`: what `isUp` says. */
  exists(): Promise<boolean>;
  /** Idempotent. Resolves when every replica is ready; throws ENVIRONMENT with the failing replica's last log lines, having stopped what it had started. */
  up(options: UpOptions): Promise<void>;
  /** Stops and removes everything of the project, in reverse order of dependencies. Idempotent. */
  down(): Promise<void>;
  /** All replicas in declared order, or those of one service. While the project is not there they are `created`; `removed` is what is gone from one that is. */
  replicas(service?: string): Promise<readonly Replica[]>;
  /** First a `snapshot` of each replica, then what happens, until the signal aborts. */
  events(signal: AbortSignal): AsyncIterable<EngineEvent>;
  logs(options: LogOptions): AsyncIterable<LogLine>;
  usage(): Promise<readonly Usage[]>;
  /** What the project holds besides its replicas (networks, volumes, images, helpers), each as a person would name it. What a run leaves more of is residue. */
  belongings(): Promise<readonly string[]>;
  /** The time to live of held harm: see Lease. */
  lease(options: LeaseOptions): Promise<Lease>;
  /** May the project be used now? Not while somebody whom our lock does not keep out (another user, another AEGIS_HOME, another machine) has a lease on it, and lives as far as can be told. Absent: whoever uses it is kept out. */
  isFree?(): Promise<Power>;
  /** Ends the leases of owners that have died, as if their time to live had passed. The caller holds the project's lock: all leases but its own are such, or ENVIRONMENT, with what `isFree` says. Idempotent. */
  expireLeases(): Promise<void>;
  /** Closes connections; the stack runs on. */
  close(): Promise<void>;
}

export interface UpOptions {
  readonly timeoutMs: number;
  /** Told as each replica comes up, for people who wait. */
  readonly onProgress: (line: string) => void;
}

export interface LeaseOptions {
  /** Counted from the last renewal. When it has passed, whatever is held under this lease is undone by the engine. */
  readonly ttlMs: number;
  /** The stack was started for this run: take it down too. */
  readonly downOnExpiry: boolean;
}

/** Renewed by itself, every third of its time to live, as long as our process lives. */
export interface Lease {
  readonly id: string;
  /**
   * Aborts when a renewal is refused (the time has passed: we were stopped or hung) or the way to the engine is lost: what
   * was held is undone, or about to be. The reason is an ENVIRONMENT AegisError. Never after `release`, or by our own `down` or `close`.
   */
  readonly lost: AbortSignal;
  /** Nothing is held any more; stops renewing. Idempotent. */
  release(): Promise<void>;
}

export interface LogOptions {
  /** Of replicas; an unknown one is INVALID_INPUT. */
  readonly names: readonly string[];
  readonly follow: boolean;
  /** Only the last n lines of each; null: all that is kept. */
  readonly tail: number | null;
  readonly signal: AbortSignal;
}

export interface LogLine {
  readonly replica: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

export interface Usage {
  readonly replica: string;
  /** Share of one core since the last call; null when not known yet. */
  readonly cpu: number | null;
  readonly memoryBytes: number;
}
