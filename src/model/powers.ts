import type { InsideProgram } from "./inside.ts";
import type { Address, Replica, TargetRef } from "./replica.ts";
import type { BuildSpec, Release } from "./stack.ts";

/** Something an engine may be able to do here and now. */
export type Power = true | { readonly no: string; readonly hint: string };

export type PowerName = "lifecycle" | "crash" | "exec" | "inside" | "releases" | "members";

export type Can = Readonly<Record<PowerName, Power>>;

/** The powers themselves. A step kind gets those that it says it needs. */
export interface Powers {
  readonly lifecycle: Lifecycle;
  readonly crash: Crash;
  readonly exec: Exec;
  readonly inside: Inside;
  readonly releases: Releases;
  readonly members: Members;
}

/**
 * Held harm (pause, kill, stop, remove, what a command does, and a restart until it is over) names the hold it belongs to: when the lease behind it is
 * no longer renewed, the engine itself puts the replica back, with nobody typing a command.
 */
export interface Hold {
  readonly lease: string;
  /** The injection, `freeze#1`. */
  readonly injection: string;
}

/** Every call resolves when the engine has seen it take effect, and rejects with an AegisError when it cannot. */
export interface Lifecycle {
  /** The replica now; `removed` when it is gone. */
  stateOf(target: TargetRef): Promise<Replica>;
  /** SIGKILL, and held down: the policy does not revive it. */
  kill(target: TargetRef, hold: Hold): Promise<void>;
  /** The stop signal, the grace, then SIGKILL; held down. Says how it went. */
  stop(target: TargetRef, hold: Hold | null): Promise<StopOutcome>;
  /** Starts it if it is not running, and lets the restart policy rule again. Idempotent. Does not wait for ready. */
  start(target: TargetRef): Promise<void>;
  /** Stop, then start: a new life. Held from the one to the other, as who has asked for it may be gone by then. */
  restart(target: TargetRef, hold: Hold | null): Promise<StopOutcome>;
  pause(target: TargetRef, hold: Hold): Promise<void>;
  /** Idempotent. */
  unpause(target: TargetRef): Promise<void>;
  /** What `remove` would destroy for good, each as a person would name it: what is written where nothing keeps it. */
  losses(target: TargetRef): Promise<readonly string[]>;
  /** Killed and forgotten, with its writable state. */
  remove(target: TargetRef, hold: Hold): Promise<void>;
  /** Made again as declared, and started. Idempotent. */
  recreate(target: TargetRef): Promise<void>;
}

/** Apart from the lifecycle: an engine whose own kill disarms the restart policy needs another way to the process, which a site may forbid. */
export interface Crash {
  /** SIGKILL from outside: the restart policy may revive it. */
  crash(target: TargetRef): Promise<void>;
}

export interface StopOutcome {
  /** Left within the grace as it was asked to (`drained`) or with an exit code that says otherwise (`failed`), or was killed after it. */
  readonly outcome: "drained" | "killed" | "failed";
  /** null: a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly tookMs: number;
}

export interface Exec {
  /** Runs a command beside the target (in its container, or with its environment and directory). */
  run(target: TargetRef, command: readonly string[], timeoutMs: number): Promise<ExecResult>;
  /**
   * Before `run` does such harm. When the lease ends the engine ends `harm.run` where that is still going on, and runs `harm.undo`
   * once, beside whatever the target is by then; what else is held of the target is put back first. Rejects ENVIRONMENT
   * when the lease has ended.
   */
  hold(target: TargetRef, harm: CommandHarm, hold: Hold): Promise<void>;
  /** It has been undone: nothing holds it any more. No other command does that. Idempotent. */
  free(target: TargetRef, harm: CommandHarm): Promise<void>;
}

/** Harm that a command does, and how another takes it back. */
export interface CommandHarm {
  readonly run: readonly string[];
  /** May be run more than once, and when `run` was not. */
  readonly undo: readonly string[];
  /** For each of them. */
  readonly timeoutMs: number;
}

export interface ExecResult {
  readonly exitCode: number;
  /** The last 4 KiB of each. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Being a client in the stack's own network. Every call rejects with an AegisError when it cannot. */
export interface Inside {
  /** Why this machine is no place to measure a service from: its port is not published, its containers run elsewhere. null: it is. */
  needFor(service: string, port: number | null): Promise<string | null>;
  /** Where a program inside reaches a service: a name that is looked up at each connect, and the port that it listens on. */
  addressOf(service: string, port: number | null): Promise<Address>;
  /**
   * Starts a program of ours, such as `src/tester/program.js`, where those services (by name, as `addressOf` takes them) are
   * reached. Its folder, `src/kit`, `src/model` and undici are all that it can import.
   */
  start(program: string, services: readonly string[]): Promise<InsideProgram>;
}

/** How what a release needs is got. */
export interface Fetching {
  /** False: nothing is built or pulled; it is only said what would be. */
  readonly fetch: boolean;
  /** A sentence for people who wait. */
  readonly onProgress: (line: string) => void;
}

/** Which version of its program a replica runs. */
export interface Releases {
  /** What is declared for it under `x-aegis.versions`, by name. */
  named(target: TargetRef): Promise<Readonly<Record<string, Release>>>;
  /** How its image is made from source; null: it is not. */
  source(target: TargetRef): Promise<BuildSpec | null>;
  /** What it runs, or would run when started, pinned: given to `put` it makes the same again, even when a tag has moved on. */
  of(target: TargetRef): Promise<Release>;
  /** By which its networks reach it now, for people; null: it has none, or keeps it for as long as it is declared. */
  address(target: TargetRef): Promise<string | null>;
  /**
   * Makes sure that all which that release needs is here, building or pulling it where that is asked for; touches no replica.
   * Returns it pinned, as far as it is here. Rejects with INVALID_INPUT or ENVIRONMENT that says what is missing.
   */
  pin(target: TargetRef, release: Release, fetching: Fetching): Promise<Release>;
  /** Removes what `pin` has built for releases of which nothing runs any more, unless it is `needed`, by its id. Returns what is gone, by name. */
  dropUnused(needed: (image: string) => boolean): Promise<readonly string[]>;
  /** In place: the target, which does not run, is of that (pinned) release from its next start on. Idempotent. */
  put(target: TargetRef, release: Release): Promise<void>;
}

/** One replica more than declared, beside one that goes on: what a surge is made of. */
export interface Members {
  /** Why a newcomer beside this target could not start, or would get no traffic; null: nothing speaks against it. */
  refusal(target: TargetRef): Promise<string | null>;
  /**
   * Starts a newcomer of that (pinned) release beside the target, in the same service, where forwarders find it. When the
   * lease ends before it was promoted it is removed; without a hold it stays. One at a time beside each target.
   */
  add(target: TargetRef, release: Release, hold: Hold | null): Promise<TargetRef>;
  /** The newcomer beside this target; null: there is none. */
  beside(target: TargetRef): Promise<Replica | null>;
  /** The newcomer takes the place, name and key of the target, which does not run any more. Idempotent. */
  promote(target: TargetRef): Promise<void>;
  /** Stops the newcomer as a stop does, with its grace, and removes it. Nothing when there is none. */
  dismiss(target: TargetRef): Promise<void>;
}

/** Where a consumer reaches a service: the seam through which a proxy can be put between two services later. */
export interface AddressBook {
  addressOf(consumer: string | null, service: string, port: number | null): Promise<Address>;
}
