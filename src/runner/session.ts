import type { Engine, Lease } from "../engines/engine.ts";
import { loadEngine } from "../engines/registry.ts";
import { AegisError } from "../kit/errors.ts";
import type { World } from "../kit/world.ts";
import type { StepKind } from "../model/kind.ts";
import type { Stack } from "../model/stack.ts";
import { type Ledger, openLedger } from "../state/ledger.ts";
import { acquireLock } from "../state/lock.ts";
import { forgetProject, projectDirectory, rememberProject } from "../state/project-directory.ts";
import { heal } from "./heal.ts";

export interface SessionOptions {
  readonly world: World;
  readonly stack: Stack;
  readonly engine: string;
  readonly kinds: readonly StepKind[];
  /** For whoever finds the stack in use: `aegis chaos run`. */
  readonly command: string;
  /** Leave the stack up, even if the session started it. */
  readonly keep: boolean;
  /** Aborts with the name of a signal. */
  readonly interrupt: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** A stack that is up, locked by us and free of older harm. */
export interface Session {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly lease: Lease;
}

/** Held harm ends this long after we have stopped renewing (killed, frozen, hung). */
export const LEASE_MS = 10_000;
const UP_TIMEOUT_MS = 60_000;

/** lock -> heal -> up -> work -> restore -> unlock. The up or down state that it found is restored, whatever happened. */
export async function withSession<T>(
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return withLock(options, async ({ engine, ledger, directory }) => {
    await healFirst(engine, ledger, options);
    await engine.expireLeases();
    const wasUp = await engine.isUp();
    const lease = await engine.lease({ ttlMs: LEASE_MS, downOnExpiry: !wasUp && !options.keep });
    try {
      await bringUp(engine, options, wasUp);
      return await work({ engine, ledger, lease });
    } finally {
      const down = !wasUp && !options.keep;
      await restore(engine, lease, down);
      if (down && ledger.open().length === 0) forgetProject(directory);
    }
  });
}

/** Opens the project under its lock: for commands that change the stack without measuring it. */
export async function withLock<T>(
  options: Pick<SessionOptions, "world" | "stack" | "engine" | "command">,
  work: (opened: { engine: Engine; ledger: Ledger; directory: string }) => Promise<T>,
): Promise<T> {
  const { world, stack } = options;
  const createEngine = await loadEngine(options.engine);
  const directory = projectDirectory(world, options.engine, stack.project);
  const lock = await acquireLock(directory, world, options.command);
  try {
    rememberProject(directory, { engine: options.engine, stack, owned: true }, world);
    const engine = await createEngine({ stack, world, stateDirectory: directory });
    try {
      return await work({ engine, ledger: openLedger(directory), directory });
    } finally {
      await engine.close();
    }
  } finally {
    lock.release();
  }
}

async function healFirst(
  engine: Engine,
  ledger: Ledger,
  { kinds, onProgress }: SessionOptions,
): Promise<void> {
  for (const line of ledger.damage) {
    onProgress(`the ledger is damaged, there may be harm that nobody knows of: ${line}`);
  }
  if (ledger.open().length === 0) return;
  const { undone, failed } = await heal(engine, ledger, kinds);
  for (const line of undone) onProgress(`healed what a dead run left: ${line}`);
  if (failed.length > 0) {
    throw new AegisError(
      "HARM_LEFT",
      `an earlier run left harm that could not be undone:\n${failed.join("\n")}`,
      {
        hint: "Put it right by hand, then run: aegis heal",
      },
    );
  }
}

async function bringUp(engine: Engine, options: SessionOptions, wasUp: boolean): Promise<void> {
  const { interrupt, onProgress, stack } = options;
  if (!wasUp) onProgress(`starting ${stack.project} on the ${engine.name} engine`);
  const starting = engine.up({ timeoutMs: UP_TIMEOUT_MS, onProgress });
  const interrupted = new Promise<never>((_, reject) => {
    const refuse = (): void => {
      const code = interrupt.reason === "SIGINT" ? "INTERRUPTED" : "TERMINATED";
      reject(new AegisError(code, `interrupted by ${interrupt.reason} while the stack started`));
    };
    if (interrupt.aborted) refuse();
    interrupt.addEventListener("abort", refuse, { once: true });
  });
  try {
    await Promise.race([starting, interrupted]);
  } finally {
    interrupted.catch(() => {});
    starting.catch(() => {});
  }
}

/** Down first: should we be killed in between, the lease still takes the stack down when its time has passed. */
async function restore(engine: Engine, lease: Lease, down: boolean): Promise<void> {
  if (down) await engine.down();
  await lease.release().catch(() => {});
}
