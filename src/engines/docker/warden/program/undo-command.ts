import { type DockerApi, unlessMissing } from "./api.ts";
import { type Patience, pauseFor, persist } from "./persist.ts";
import { type Inspected, SETTLE_MS, standing } from "./undo.ts";
import type { HeldCommand } from "./wire.ts";

/** Kills a process of the daemon's host that belongs to a container; throws when it may not, or when it has ended. */
export type Kill = (container: string, pid: number) => void;

/** What undoing needs. */
interface Means {
  readonly api: DockerApi;
  readonly patience: Patience;
  readonly kill: Kill;
}

const LOOK_MS = 100;

/** Of a command in a container. */
interface Running {
  readonly Running: boolean;
  readonly ExitCode: number | null;
  readonly Pid: number;
  readonly ProcessConfig: { readonly entrypoint: string; readonly arguments?: readonly string[] };
}

/**
 * Ends harm that is still being done, then runs what undoes it and says how that went. Nothing can be seen of such harm: with
 * `mayCome` it is given time to reach the daemon first. Rejects as the API does. What is gone is undone.
 */
export async function undoCommand(
  means: Means,
  held: HeldCommand,
  mayCome: boolean,
): Promise<void> {
  const { api, patience } = means;
  await endHarm(means, held, mayCome);
  const went = await persist(async () => {
    const container = await standing(api, held);
    return container && unlessMissing(start(api, container.Id, held.undo));
  }, patience);
  const exitCode = went && (await outcome(means, went, held.timeoutMs));
  const failed = exitCode !== undefined && exitCode !== 0;
  // Its words may hold a secret, which a log must not.
  const how = exitCode === null ? "did not finish in time" : `exited ${exitCode}`;
  patience.log(failed ? `cannot exec ${held.name}: it ${how}` : `undone: exec ${held.name}`);
}

/** Resolves when the command that harms does not run. Where nobody may kill it its own time is waited for. */
async function endHarm(
  { api, patience, kill }: Means,
  held: HeldCommand,
  mayCome: boolean,
): Promise<void> {
  const settled = performance.now() + (mayCome ? SETTLE_MS : 0);
  for (;;) {
    const container = await persist(() => standing(api, held), patience);
    if (container === undefined) return;
    const harming = await persist(() => runningIn(api, container, held.run), patience);
    for (const { Pid } of harming) attempt(() => kill(container.Id, Pid));
    const now = performance.now();
    if (patience.isOver()) return;
    if (harming.length === 0 ? now >= settled : now >= settled + held.timeoutMs) return;
    await pauseFor(LOOK_MS);
  }
}

async function runningIn(
  api: DockerApi,
  { ExecIDs }: Inspected,
  command: readonly string[],
): Promise<readonly Running[]> {
  const all = await Promise.all((ExecIDs ?? []).map((id) => look(api, id)));
  return all
    .filter((one) => one !== undefined)
    .filter(({ Running: isRunning }) => isRunning)
    .filter(({ ProcessConfig: { entrypoint, arguments: rest } }) => {
      return JSON.stringify([entrypoint, ...(rest ?? [])]) === JSON.stringify(command);
    });
}

interface Started {
  readonly exec: string;
  readonly container: string;
}

async function start(
  api: DockerApi,
  container: string,
  command: readonly string[],
): Promise<Started> {
  const body = { Cmd: [...command] };
  const made = (await api.call("POST", `/containers/${container}/exec`, body)) as { Id: string };
  await api.call("POST", `/exec/${made.Id}/start`, { Detach: true });
  return { exec: made.Id, container };
}

/** Its exit code; null: it took too long, and was killed; undefined: it is gone with its container. */
async function outcome(
  { api, patience, kill }: Means,
  { exec, container }: Started,
  timeoutMs: number,
): Promise<number | null | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const told = await persist(() => look(api, exec), patience);
    if (told === undefined) return undefined;
    if (!told.Running && told.ExitCode !== null) return told.ExitCode;
    if (performance.now() >= deadline) {
      attempt(() => kill(container, told.Pid));
      return null;
    }
    await pauseFor(LOOK_MS);
  }
}

async function look(api: DockerApi, exec: string): Promise<Running | undefined> {
  return (await unlessMissing(api.call("GET", `/exec/${exec}/json`))) as Running | undefined;
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // It has ended, or this site does not let us see the processes of the host.
  }
}
