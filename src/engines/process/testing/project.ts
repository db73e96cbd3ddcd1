import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, vi } from "vitest";
import type { EngineEvent, EngineEventType, Replica } from "../../../model/replica.ts";
import type { ReplicaSpec, Stack } from "../../../model/stack.ts";
import { fixtureDirectory, serverSpec } from "../../contract/stack.ts";
import type { Engine } from "../../engine.ts";
import { readJson } from "../../json-file.ts";
import { createProcessEngine } from "../index.ts";
import { type SupervisorRecord, stateFiles } from "../state-files.ts";
import { world } from "./world.ts";

/** A project of real processes that a test may do anything to. */
export interface TestProject {
  readonly engine: Engine;
  readonly stack: Stack;
  readonly stateDirectory: string;
  /** Every event since it was opened. */
  readonly seen: readonly EngineEvent[];
  up(timeoutMs?: number): Promise<void>;
  get(name: string): Promise<Replica>;
  pidOf(name: string): Promise<number>;
  supervisor(): SupervisorRecord;
  /** Another client, of another stack if given. */
  open(replicas?: readonly ReplicaSpec[]): Promise<Engine>;
  event(
    type: EngineEventType,
    name: string,
    which?: (e: EngineEvent) => boolean,
  ): Promise<EngineEvent>;
}

/** For `vi.waitFor`: conditions, never fixed times. */
export const PATIENCE = { timeout: 20_000, interval: 10 };

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Is removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "aegis-state-"));
  cleanups.push(async () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A process that has nothing to do with any project. It is killed after the test. */
export function startStranger(): number {
  const stranger = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
  cleanups.push(async () => void stranger.kill("SIGKILL"));
  return stranger.pid as number;
}

let projects = 0;

/** Opens a project of its own, not up. It is taken down after the test. */
export async function openProject(
  replicas: readonly ReplicaSpec[],
  stateDirectory = temporaryDirectory(),
): Promise<TestProject> {
  const directory = fixtureDirectory();
  const project = `test${++projects}`;
  const stack: Stack = { project, file: null, directory, profiles: [], replicas };
  const seen: EngineEvent[] = [];
  const watching = new AbortController();
  const open = async (others = replicas): Promise<Engine> => {
    const engine = await createProcessEngine({
      stack: { ...stack, replicas: others },
      world,
      stateDirectory,
    });
    cleanups.push(() => engine.close());
    return engine;
  };
  const engine = await open();
  cleanups.push(async () => {
    watching.abort();
    const last = await open();
    await last.down();
    rmSync(directory, { recursive: true, force: true });
  });
  const collecting = collect(engine, watching.signal, seen);
  const begun = vi.waitFor(() => expect(seen).not.toHaveLength(0), PATIENCE);
  await Promise.race([begun, collecting]);
  const get = async (name: string): Promise<Replica> => {
    const found = (await engine.replicas()).find((one) => one.name === name);
    expect(found, name).toBeDefined();
    return found as Replica;
  };
  return {
    engine,
    stack,
    stateDirectory,
    seen,
    up: (timeoutMs = 20_000) => engine.up({ timeoutMs, onProgress: () => undefined }),
    get,
    pidOf: async (name) => Number((await get(name)).instance),
    supervisor: () =>
      readJson<SupervisorRecord>(stateFiles(stateDirectory).record) as SupervisorRecord,
    open,
    event: (type, name, which = () => true) =>
      vi.waitFor(() => {
        const event = seen.find((e) => e.type === type && e.replica.name === name && which(e));
        expect(event, `${type} of ${name}`).toBeDefined();
        return event as EngineEvent;
      }, PATIENCE),
  };
}

async function collect(engine: Engine, signal: AbortSignal, into: EngineEvent[]): Promise<void> {
  try {
    for await (const event of engine.events(signal)) into.push(event);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: "ENVIRONMENT" });
  }
}

/** A replica that is ready as soon as it runs: a shell command, with no shell of ours around it. */
export function shellSpec(
  name: string,
  script: string,
  changes: Partial<ReplicaSpec> = {},
): ReplicaSpec {
  const process = { command: ["sh", "-c", script], port: null, extraPorts: {}, cwd: null };
  return serverSpec(name, { ready: "running", process, ...changes });
}

/** The replica that a name means, with a sleeping grandchild whose pid is on the first line of its log. */
export function parentSpec(name: string, changes: Partial<ReplicaSpec> = {}): ReplicaSpec {
  return shellSpec(name, "sleep 1000 & echo $!; wait; wait", changes);
}

/** The grandchild's pid of a `parentSpec`. */
export function grandchildOf(engine: Engine, name: string): Promise<number> {
  return vi.waitFor(async () => {
    const signal = AbortSignal.timeout(5_000);
    for await (const { text } of engine.logs({ names: [name], follow: false, tail: 1, signal })) {
      return Number(text);
    }
    throw new Error(`${name} has printed nothing yet`);
  }, PATIENCE);
}
