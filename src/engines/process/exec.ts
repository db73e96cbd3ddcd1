import type { Readable } from "node:stream";
import { AegisError } from "../../kit/errors.ts";
import type { ExecResult } from "../../model/powers.ts";
import type { Launch } from "./launch.ts";
import { exitWithin, type GroupRegister, lastWords, startLife } from "./life.ts";
import { signalGroup } from "./signals.ts";

const KEPT_BYTES = 4096;
/** Exit codes of processes ended by a signal, as every shell shows them. */
const SIGNALLED = 128;

/** How long a command may go on. It is killed when either is over. */
export interface Patience {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs a command with a replica's environment and directory, in a process group of its own. Rejects with ENVIRONMENT when
 * it cannot be started or takes longer than `timeoutMs`; one that the signal ends exits as one that was killed.
 */
export async function runBeside(
  launch: Launch,
  name: string,
  { timeoutMs, signal }: Patience,
  groups: GroupRegister,
): Promise<ExecResult> {
  const life = await startLife(launch, name, groups);
  const end = (): unknown => signalGroup(life.pid, "SIGKILL");
  if (signal?.aborted) end();
  signal?.addEventListener("abort", end, { once: true });
  const stdout = keepTail(life.child.stdout);
  const stderr = keepTail(life.child.stderr);
  const exit = await exitWithin(life, timeoutMs);
  signal?.removeEventListener("abort", end);
  if (exit === null) {
    end();
    const command = [launch.file, ...launch.args].join(" ");
    throw new AegisError(
      "ENVIRONMENT",
      `"${command}" did not finish within ${timeoutMs} ms on ${name}`,
      {
        hint: "give it more time, or let it do its work in the background",
      },
    );
  }
  await lastWords(life);
  return { exitCode: exit.code ?? SIGNALLED, stdout: stdout(), stderr: stderr() };
}

function keepTail(source: Readable | null): () => string {
  let kept = Buffer.alloc(0);
  source?.on("data", (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-KEPT_BYTES);
  });
  source?.on("error", () => undefined);
  return () => kept.toString("utf8");
}
