import { AegisError, EXIT_CODES } from "../kit/errors.ts";
import { shellQuoted } from "../kit/shell.ts";
import { heal } from "../runner/heal.ts";
import { refuseInUse } from "../runner/ownership.ts";
import { type ProjectOptions, withLock } from "../runner/project.ts";
import { entryUrlIfAny } from "./entry.ts";
import type { Host } from "./host.ts";
import { kinds } from "./kinds.ts";
import { type LoadedStack, loadStack, NO_CHOICE, type StackFlags } from "./load-stack.ts";

/** The options of a command that only starts a stack. */
export interface UpFlags extends StackFlags {
  /** How long it may take to get ready, ms. */
  readonly waitTimeout: number;
}

/**
 * Starts the stack, waits until every replica is ready, says where it listens, and leaves it running. Of one that aegis did
 * not start only what does not run is started, and it does not become ours.
 */
export async function upStack(host: Host, flags: UpFlags): Promise<void> {
  const { loaded, options } = openWith(host, flags, "aegis up");
  await withLock(options, async (project) => {
    const { engine, ledger, found } = project;
    await refuseInUse(engine);
    healOrThrow(host, await heal(engine, ledger, kinds));
    await engine.expireLeases();
    const up = { timeoutMs: flags.waitTimeout, onProgress: options.onProgress };
    if (!found.foreign) await project.up(up);
    else if ((await engine.replicas()).some(({ ready }) => !ready)) await engine.up(up);
    const url = await entryUrlIfAny(loaded.stack, engine);
    const whose = found.foreign ? ", and was started by somebody else: aegis leaves it up" : "";
    host.stdout.line(`${loaded.stack.project} is up${url === null ? "" : `: ${url}`}${whose}`);
  });
}

/** Undoes what is held, then stops everything of the project. Does nothing where nothing runs; throws ENVIRONMENT where it was not aegis that started it. */
export async function downStack(host: Host, flags: StackFlags): Promise<void> {
  const { loaded, options } = openWith(host, flags, "aegis down");
  await withLock(options, async ({ engine, ledger, found }) => {
    if (found.foreign) throw notOursToEnd(loaded.stack.project);
    await refuseInUse(engine);
    const { failed } = await heal(engine, ledger, kinds);
    await engine.down();
    host.stdout.line(
      found.isUp ? `${loaded.stack.project} is down` : `${loaded.stack.project} was not up`,
    );
    if (failed.length === 0) return;
    for (const line of failed) host.stderr.line(`not undone: ${line}`);
    host.setExitCode(EXIT_CODES.HARM_LEFT);
  });
}

function openWith(
  host: Host,
  flags: StackFlags,
  command: string,
): { loaded: LoadedStack; options: ProjectOptions } {
  const loaded = loadStack(host.world, flags, NO_CHOICE);
  const onProgress = (line: string): void => host.stderr.line(line);
  return { loaded, options: { world: host.world, ...loaded, command, onProgress } };
}

function notOursToEnd(project: string): AegisError {
  return new AegisError(
    "ENVIRONMENT",
    `aegis did not start project ${project}, and leaves it as it is`,
    {
      hint: `Take it down with what started it, for example: docker compose -p ${shellQuoted(project)} down`,
    },
  );
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
