import type { Engine, Usage } from "../engines/engine.ts";
import { formatDuration } from "../kit/units.ts";
import type { Replica } from "../model/replica.ts";
import { type OpenEntry, readLedger } from "../state/ledger.ts";
import { readLock } from "../state/lock.ts";
import { entryUrlIfAny } from "./entry.ts";
import type { Host } from "./host.ts";
import { loadStack, NO_CHOICE, type StackFlags } from "./load-stack.ts";
import { withEngine } from "./open-stack.ts";
import { printTable } from "./terminal-paper.ts";

interface Status {
  readonly project: string;
  readonly engine: string;
  readonly up: boolean;
  readonly url: string | null;
  readonly replicas: readonly Replica[];
  readonly usage: readonly Usage[];
  readonly heldBy: {
    readonly command: string;
    readonly pid: number;
    readonly alive: boolean;
  } | null;
  readonly openHarm: readonly OpenEntry[];
}

/** Prints what runs, who holds it and what harm is open. Touches nothing, takes no lock. */
export async function showStatus(
  host: Host,
  flags: StackFlags & { readonly json: boolean },
): Promise<void> {
  const loaded = loadStack(host.world, flags, NO_CHOICE, { glance: true });
  const { stack } = loaded;
  const status = await withEngine(host, loaded, (engine, directory) =>
    readStatus(engine, stack.project, directory, () => entryUrlIfAny(stack, engine)),
  );
  if (flags.json) host.stdout.line(JSON.stringify(status, null, 2));
  else printStatus(host, status);
}

async function readStatus(
  engine: Engine,
  project: string,
  directory: string,
  url: () => Promise<string | null>,
): Promise<Status> {
  const up = await engine.isUp();
  const lock = readLock(directory);
  return {
    project,
    engine: engine.name,
    up,
    url: up ? await url() : null,
    replicas: await engine.replicas(),
    usage: up ? await engine.usage() : [],
    heldBy: lock && {
      command: lock.holder.command,
      pid: lock.holder.identity.pid,
      alive: lock.alive,
    },
    openHarm: readLedger(directory).open,
  };
}

function printStatus(host: Host, status: Status): void {
  const { project, engine, up, url, heldBy, openHarm } = status;
  host.stdout.line(
    `${project} (${engine}): ${up ? `up${url === null ? "" : `, ${url}`}` : "down"}`,
  );
  if (up) printReplicas(host, status);
  if (heldBy?.alive) host.stdout.line(`in use by \`${heldBy.command}\` (pid ${heldBy.pid})`);
  for (const entry of openHarm) {
    host.stdout.line(
      `open harm: ${entry.id}, ${entry.kind} of ${entry.target?.name ?? "the stack"}`,
    );
  }
  if (openHarm.length > 0 && !heldBy?.alive)
    host.stdout.line("Nobody is at it: undo it with `aegis heal`.");
}

function printReplicas(host: Host, { replicas, usage }: Status): void {
  const now = host.world.clock.wall().getTime();
  const memory = new Map(usage.map((one) => [one.replica, one]));
  const rows = replicas.map(({ name, state, ready, version, instance, restarts, startedAt }) =>
    [
      name,
      state,
      ready ? "ready" : "not ready",
      version ?? "-",
      instance ?? "-",
      String(restarts),
      startedAt === null ? "-" : formatDuration(now - startedAt),
      megabytes(memory.get(name)),
    ].map((text) => ({ text })),
  );
  const troubles = replicas.flatMap(({ name, unready }) =>
    unready === undefined ? [] : [`${name} is not ready: ${unready}`],
  );
  const heads = ["replica", "state", "ready", "version", "pid", "restarts", "up for", "memory"];
  printTable(
    host,
    heads.map((head) => ({ head })),
    rows,
  );
  for (const trouble of troubles) host.stdout.line(trouble);
}

function megabytes(usage: Usage | undefined): string {
  return usage === undefined ? "-" : `${Math.round(usage.memoryBytes / 2 ** 20)} MiB`;
}
