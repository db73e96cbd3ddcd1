import type { Engine, Lease } from "../engines/engine.ts";
import { AegisError } from "../kit/errors.ts";
import { shellQuoted } from "../kit/shell.ts";
import type { World } from "../kit/world.ts";
import type { StepKind } from "../model/kind.ts";
import type { Ledger } from "../state/ledger.ts";
import { type Guard, refuseForbidden, refuseUnasked } from "./guard.ts";
import { heal } from "./heal.ts";
import { refuseInUse } from "./ownership.ts";
import { Patience } from "./patience.ts";
import { type Project, type ProjectOptions, withLock } from "./project.ts";
import { dropUnusedReleases } from "./unused-releases.ts";

export interface SessionOptions extends ProjectOptions {
  readonly kinds: readonly StepKind[];
  readonly guard: Guard;
  /** Leave the stack up, even if the session started it. */
  readonly keep: boolean;
  /** How long the stack may take to get ready when it is started, ms. */
  readonly waitTimeoutMs: number;
  /** Aborts with the name of a signal. */
  readonly interrupt: AbortSignal;
}

/** A stack that is up, locked by us and free of older harm. */
export interface Session {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly stateDirectory: string;
  readonly lease: Lease;
  /** The stack is taken down when it ends. */
  readonly endsDown: boolean;
}

/** Held harm ends this long after we have stopped renewing (killed, frozen, hung). */
export const LEASE_MS = 10_000;

/**
 * lock -> leave -> heal -> up -> work -> restore -> unlock. The up or down state that it found is restored, whatever
 * happened. Throws before anything is touched when the project may not be harmed; one that aegis did not start is neither started nor taken down.
 */
export async function withSession<T>(
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { world, stack, guard } = options;
  if (guard.harms) refuseForbidden(world, stack.project);
  return withLock(options, async (project) => {
    const { engine, ledger, found, stateDirectory } = project;
    const victim = { project: stack.project, foreign: found.foreign, remote: engine.remote };
    if (guard.harms) refuseUnasked(victim, guard);
    await refuseInUse(engine);
    await healFirst(engine, ledger, options);
    await engine.expireLeases();
    const wasUp = await engine.isUp();
    if (found.foreign && !wasUp) throw notOursToStart(stack.project);
    const endsDown = !wasUp && !options.keep;
    const lease = await engine.lease({ ttlMs: LEASE_MS, downOnExpiry: endsDown });
    try {
      if (!found.foreign) await bringUp(project, options, wasUp);
      return await work({ engine, ledger, stateDirectory, lease, endsDown });
    } finally {
      await restore(project, lease, endsDown, world);
      await dropUnusedReleases(engine, stateDirectory, options.onProgress);
    }
  });
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

async function bringUp(project: Project, options: SessionOptions, wasUp: boolean): Promise<void> {
  const { interrupt, onProgress, stack, waitTimeoutMs } = options;
  const { engine } = project;
  if (!wasUp) onProgress(`starting ${stack.project} on the ${engine.name} engine`);
  const starting = project.up({ timeoutMs: waitTimeoutMs, onProgress });
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
async function restore(
  { engine }: Project,
  lease: Lease,
  down: boolean,
  { clock }: World,
): Promise<void> {
  if (down) await new Patience(engine, clock).through(() => engine.down());
  await lease.release().catch(() => {});
}

/** To end as it was it would have to be stopped again, and aegis can only take down what it has made. */
function notOursToStart(project: string): AegisError {
  return new AegisError(
    "ENVIRONMENT",
    `project ${project} is stopped, and aegis did not start it: what is left of it is not ours to start`,
    {
      hint: `Start it with what made it, for example: docker compose -p ${shellQuoted(project)} start`,
    },
  );
}
