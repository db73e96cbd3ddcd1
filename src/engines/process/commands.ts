import type { ExecResult } from "../../model/powers.ts";
import { abortedBy } from "./abort.ts";
import type { Patience } from "./exec.ts";
import type { Fleet } from "./fleet.ts";
import type { HeldCommand } from "./leases.ts";
import type { ReplicaProcess } from "./replica-process.ts";
import { within } from "./within.ts";

/** How long its policy may take to revive a replica beside which something is to be undone. */
const REVIVAL_MS = 30_000;

interface Running {
  readonly id: string;
  readonly end: AbortController;
  readonly over: Promise<unknown>;
}

/** Commands that somebody runs beside replicas, and the undoing of what they did when that somebody is gone. */
export class Commands {
  readonly #running = new Set<Running>();

  /** Rejects with ENVIRONMENT when it cannot be started or does not come to its end in time. */
  async run(
    replica: ReplicaProcess,
    command: readonly string[],
    { timeoutMs, signal }: Patience,
  ): Promise<ExecResult> {
    const end = signal === undefined ? new AbortController() : abortedBy(signal);
    const result = replica.run(command, { timeoutMs, signal: end.signal });
    const over = result.catch(() => undefined);
    const running = { id: idOf(replica.view().key, command), end, over };
    this.#running.add(running);
    return result.finally(() => this.#running.delete(running));
  }

  /** Ends harm that is still being done, then undoes it. Nothing when the replica is gone. */
  async undo(fleet: Fleet, { key, harm }: HeldCommand): Promise<void> {
    const harming = [...this.#running].filter(({ id }) => id === idOf(key, harm.run));
    for (const { end } of harming) end.abort();
    await Promise.all(harming.map(({ over }) => over));
    const replica = fleet.find(key);
    if (replica === undefined) return;
    await within(fleet.events, REVIVAL_MS, () => replica.view().state !== "restarting");
    if (replica.view().state === "removed") return;
    const failed = await replica.run(harm.undo, harm).then(failureIn, () => "could not be run");
    if (failed !== null) replica.log.note(`an undo command ${failed}; \`aegis heal\` tries again`);
  }
}

function idOf(key: string, command: readonly string[]): string {
  return JSON.stringify([key, command]);
}

/** Its words may hold a secret, which a log must not. */
function failureIn({ exitCode }: ExecResult): string | null {
  return exitCode === 0 ? null : `exited ${exitCode}`;
}
