import { kinds } from "../faults/index.ts";
import { AegisError, EXIT_CODES } from "../kit/errors.ts";
import { heal } from "../runner/heal.ts";
import { withLock } from "../runner/session.ts";
import { forgetProject } from "../state/project-directory.ts";
import { entryUrl } from "./entry.ts";
import type { Host } from "./host.ts";
import { loadStack, NO_CHOICE, type StackFlags } from "./load-stack.ts";

const UP_TIMEOUT_MS = 60_000;

/** Starts the stack, waits until every replica is ready, says where it listens, and leaves it running. */
export async function upStack(host: Host, flags: StackFlags): Promise<void> {
  const loaded = loadStack(host.world, flags, NO_CHOICE);
  const options = { world: host.world, ...loaded, command: "aegis up" };
  await withLock(options, async ({ engine, ledger }) => {
    healOrThrow(host, await heal(engine, ledger, kinds));
    await engine.expireLeases();
    await engine.up({
      timeoutMs: UP_TIMEOUT_MS,
      onProgress: (line) => host.stderr.line(line),
    });
    const url = await entryUrl(loaded.stack, engine);
    host.stdout.line(`${loaded.stack.project} is up${url === null ? "" : `: ${url}`}`);
  });
}

/** Undoes what is held, then stops everything of the project. Does nothing where nothing runs. */
export async function downStack(host: Host, flags: StackFlags): Promise<void> {
  const loaded = loadStack(host.world, flags, NO_CHOICE);
  const options = { world: host.world, ...loaded, command: "aegis down" };
  await withLock(options, async ({ engine, ledger, directory }) => {
    const wasUp = await engine.isUp();
    const { failed } = await heal(engine, ledger, kinds);
    await engine.down();
    host.stdout.line(
      wasUp ? `${loaded.stack.project} is down` : `${loaded.stack.project} was not up`,
    );
    if (failed.length === 0) return forgetProject(directory);
    for (const line of failed) host.stderr.line(`not undone: ${line}`);
    host.setExitCode(EXIT_CODES.HARM_LEFT);
  });
}

function healOrThrow(host: Host, { undone, failed }: Awaited<ReturnType<typeof heal>>): void {
  for (const line of undone) host.stderr.line(`healed what a dead run left: ${line}`);
  if (failed.length === 0) return;
  throw new AegisError(
    "HARM_LEFT",
    `harm of an earlier run could not be undone:\n${failed.join("\n")}`,
    {
      hint: "Put it right by hand, then run: aegis heal",
    },
  );
}
