import type { Address, Replica, TargetRef } from "./replica.ts";

/** Something an engine may be able to do here and now. */
export type Power = true | { readonly no: string; readonly hint: string };

export type PowerName = "lifecycle" | "exec";

export type Can = Readonly<Record<PowerName, Power>>;

/** The powers themselves. A step kind gets those that it says it needs. */
export interface Powers {
  readonly lifecycle: Lifecycle;
  readonly exec: Exec;
}

/**
 * Held harm (pause, kill, stop, remove) names the hold it belongs to: when the lease behind it is no longer renewed, the
 * engine itself puts the replica back, with nobody typing a command.
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
  /** SIGKILL from outside: the restart policy may revive it. */
  crash(target: TargetRef): Promise<void>;
  /** SIGKILL, and held down: the policy does not revive it. */
  kill(target: TargetRef, hold: Hold): Promise<void>;
  /** The stop signal, the grace, then SIGKILL; held down. Says how it went. */
  stop(target: TargetRef, hold: Hold | null): Promise<StopOutcome>;
  /** Starts it if it is not running, and lets the restart policy rule again. Idempotent. Does not wait for ready. */
  start(target: TargetRef): Promise<void>;
  /** Stop, then start: a new life. */
  restart(target: TargetRef): Promise<StopOutcome>;
  pause(target: TargetRef, hold: Hold): Promise<void>;
  /** Idempotent. */
  unpause(target: TargetRef): Promise<void>;
  /** Killed and forgotten, with its writable state. */
  remove(target: TargetRef, hold: Hold): Promise<void>;
  /** Made again as declared, and started. Idempotent. */
  recreate(target: TargetRef): Promise<void>;
}

export interface StopOutcome {
  /** Exited by itself within the grace (`drained`), or was killed after it. */
  readonly outcome: "drained" | "killed";
  readonly exitCode: number | null;
  readonly tookMs: number;
}

export interface Exec {
  /** Runs a command beside the target (in its container, or with its environment and directory). */
  run(target: TargetRef, command: readonly string[], timeoutMs: number): Promise<ExecResult>;
}

export interface ExecResult {
  readonly exitCode: number;
  /** The last 4 KiB of each. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a consumer reaches a service: the seam through which a proxy can be put between two services later. */
export interface AddressBook {
  addressOf(consumer: string | null, service: string, port: number | null): Promise<Address>;
}
