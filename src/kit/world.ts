/** Everything of the outside that aegis depends on, built once in `cli/host.ts` and handed in. */
export interface World {
  readonly clock: Clock;
  /** The environment variables, a copy. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory the command was typed in, absolute. */
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** Our own process, and the Node that runs it. */
  readonly pid: number;
  readonly execPath: string;
  /** The directory of our package.json: `dist/`, `stack/`, `scenarios/` are found from it, never from cwd. */
  readonly packageRoot: string;
  /** Lock, ledger, owner and sockets live below it: `$AEGIS_HOME` or `$XDG_STATE_HOME/aegis`. */
  readonly stateHome: string;
  /** A fresh seed, for a scenario that gives none: an integer below 2^31. */
  drawSeed(): number;
  /** A short random id, lower-case hexadecimal, for runs and leases. */
  drawId(): string;
}

export interface Clock {
  /** Microseconds on the machine's monotonic clock: one clock for all processes and threads (CLOCK_MONOTONIC). */
  now(): number;
  /** Wall time, for people and file names only. */
  wall(): Date;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What JSON can carry, and therefore what the journal and the ledger can. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };
