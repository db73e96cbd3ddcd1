import { AegisError } from "../../kit/errors.ts";
import type { UpOptions } from "../engine.ts";
import { holderOf } from "../port-holder.ts";
import { allArrive } from "./arrival.ts";
import { takeDown } from "./down.ts";
import { PROJECT, placeOf } from "./labels.ts";
import type { Project } from "./project.ts";
import { forgetRemoved } from "./removed.ts";
import type { ReplicaRecord } from "./replica-record.ts";
import { volumesToKeep } from "./up-record.ts";
import type { Watch } from "./watch.ts";

/**
 * Starts what does not run, by compose, and resolves when every replica is ready. When one fails, everything that was
 * started is stopped again, and what was made is removed: ENVIRONMENT with its name, the reason, its last log lines.
 * `signal` cuts it short, with INTERRUPTED.
 */
export async function bringUp(
  project: Project,
  { timeoutMs, onProgress }: UpOptions,
  signal: AbortSignal,
): Promise<void> {
  const { stack } = project;
  if (stack.replicas.length === 0) return;
  const watch = await project.watch();
  const wasThere = (await project.containers.list()).length > 0;
  await volumesToKeep(project);
  const alive = new Set(watch.records.filter(({ isAlive }) => isAlive));
  const deathsBefore = new Map(watch.records.map(({ key, deaths }) => [key, deaths]));
  try {
    await startAll(project, watch, signal);
    await allArrive(project, watch, { timeoutMs, signal, onProgress, deathsBefore });
    if (signal.aborted) throw cutShort();
    forgetRemoved(project);
  } catch (thrown) {
    if (signal.aborted) throw cutShort();
    await undo(project, watch, wasThere ? alive : null);
    throw thrown;
  }
}

function cutShort(): AegisError {
  return new AegisError("INTERRUPTED", "up was cut short: the stack is being taken down");
}

async function startAll(project: Project, watch: Watch, signal: AbortSignal): Promise<void> {
  const { commands, client, ask, stack } = project;
  const command = commands.beginAll(["created", "started", "unpaused"]);
  try {
    const paused = watch.records.filter(({ state }) => state === "paused");
    await Promise.all(
      paused.map(({ container, spec }) =>
        ask(client.api.getContainer(container?.id ?? "").unpause(), `unpause ${spec.name}`),
      ),
    );
    if (watch.records.every(({ isAlive }) => isAlive)) return;
    if (stack.file === null) await startThere(project, watch);
    else await startByCompose(project, signal);
    await startsSeen(project, watch);
  } finally {
    command.end();
  }
}

async function startByCompose(project: Project, signal: AbortSignal): Promise<void> {
  const compose = await project.compose();
  await compose.up(project.stack, { signal }).catch(async (thrown: unknown) => {
    throw await withHolder(project, thrown);
  });
}

/** Of a project that is known by its containers alone: those that there are. */
async function startThere({ client, ask }: Project, { records }: Watch): Promise<void> {
  const still = records.filter(({ isAlive, state }) => !isAlive && state !== "restarting");
  await Promise.all(
    still.map(({ container, spec }) =>
      ask(client.api.getContainer(container?.id ?? "").start(), `start ${spec.name}`, 304),
    ),
  );
}

const TELL_MS = 10_000;

/** Compose has started what it made: until that has been told, it is our doing. What is not told of is waited for later. */
async function startsSeen({ containers }: Project, watch: Watch): Promise<void> {
  const running = (await containers.list()).filter(({ State }) => State === "running");
  const isSeen = ({ Id, Labels }: { Id: string; Labels: Record<string, string> }): boolean => {
    const record = watch.byPlace(placeOf(Labels) ?? "");
    return record === undefined || (record.container?.id === Id && record.isKnown);
  };
  const late = new Error("not told");
  await watch
    .settle(
      () => running.every(isSeen),
      TELL_MS,
      () => late,
    )
    .catch((thrown: unknown) => {
      if (thrown !== late) throw thrown;
    });
}

/** `before`: those that ran before; null: nothing was there. */
async function undo(
  project: Project,
  watch: Watch,
  before: ReadonlySet<ReplicaRecord> | null,
): Promise<void> {
  const { client, ask } = project;
  if (before === null) return takeDown(project);
  const started = watch.records.filter((record) => record.isAlive && !before.has(record));
  await Promise.all(
    started.map(({ container, spec }) =>
      ask(
        client.api
          .getContainer(container?.id ?? "")
          .stop({ t: Math.ceil(spec.stopGraceMs / 1000) }),
        `stop ${spec.name}`,
        304,
        404,
      ),
    ),
  );
}

const TAKEN = /port is already allocated|address already in use|ports are not available/i;

/** Says who has the port that compose could not get, if that can be told. */
async function withHolder(project: Project, thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof AegisError) || !TAKEN.test(thrown.message)) return thrown;
  const port = Number(/[:\]](\d{1,5})\b(?!.*[:\]]\d{1,5}\b)/.exec(thrown.message)?.[1]);
  if (!(port > 0)) return thrown;
  const holder = (await containerAt(project, port)) ?? processAt(project, port);
  if (holder === null) return thrown;
  return new AegisError("ENVIRONMENT", `port ${port} is taken by ${holder}: ${thrown.message}`, {
    hint: `free port ${port}, or publish another one`,
    cause: thrown,
  });
}

async function containerAt({ client, ask }: Project, port: number): Promise<string | null> {
  const running = (await ask(client.api.listContainers(), "list containers")) ?? [];
  const found = running.find(({ Ports }) => Ports.some((one) => one.PublicPort === port));
  if (found === undefined) return null;
  const name = (found.Names[0] ?? "?").replace(/^\//, "");
  const other = found.Labels[PROJECT];
  return `container ${name}${other === undefined ? "" : ` of project ${other}`}`;
}

function processAt({ client }: Project, port: number): string | null {
  return client.remote === null ? holderOf(port) : null;
}
