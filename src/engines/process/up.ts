import { AegisError } from "../../kit/errors.ts";
import type { Stack } from "../../model/stack.ts";
import { jobs, type Prerequisite, prerequisites } from "./dependencies.ts";
import { stopInOrder } from "./down.ts";
import type { Fleet } from "./fleet.ts";
import { demandPorts } from "./ports.ts";
import { failure, GivenUp, type Goal, isReached, reach } from "./reach.ts";
import type { ReplicaProcess } from "./replica-process.ts";

/** How a stack is brought up. */
export interface BringUpOptions {
  readonly timeoutMs: number;
  /** Aborts when whoever asked for it has gone away. */
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/**
 * Starts what does not run of a stack, each replica as soon as what it depends on allows, and resolves when all are ready.
 * When one fails, everything that was started is stopped again: ENVIRONMENT with its name, the reason, its last log lines.
 */
export async function bringUp(fleet: Fleet, stack: Stack, options: BringUpOptions): Promise<void> {
  const order = prerequisites(stack.replicas);
  const made = await fleet.adopt(stack);
  const started = new Set<string>();
  try {
    await startAll(fleet, order, started, options);
  } catch (thrown) {
    await stopInOrder(fleet, started);
    await Promise.all([...made].map((name) => fleet.get(name).remove()));
    if (fleet.replicas.every((one) => one.view().state === "removed")) fleet.clear();
    throw thrown;
  }
}

type Order = ReadonlyMap<string, readonly Prerequisite[]>;

async function startAll(
  fleet: Fleet,
  order: Order,
  started: Set<string>,
  { timeoutMs, signal, onProgress }: BringUpOptions,
): Promise<void> {
  const failed = new AbortController();
  const late = AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any([signal, failed.signal, late]);
  const goals = goalsOf(order);
  const starts = new Map<string, Promise<number>>();

  /** Resolves with the deaths it had before. */
  const start = (name: string): Promise<number> => {
    const known = starts.get(name) ?? startAfter(name);
    starts.set(name, known);
    return known;
  };
  const startAfter = async (name: string): Promise<number> => {
    const waits = order.get(name) ?? [];
    await Promise.all(waits.map(({ replica, condition }) => until(replica, condition)));
    if (stop.aborted) throw new GivenUp();
    return startOne(fleet.get(name), started);
  };
  const until = async (name: string, goal: Goal): Promise<void> =>
    reach(fleet, fleet.get(name), goal, await start(name), stop);

  const tasks = [...goals].map(async ([name, goal]) => {
    await until(name, goal);
    onProgress(`${name} is ${goal === "completed" ? "done" : "ready"}`);
  });
  const guarded = tasks.map((task) => task.catch(giveUpOthers));
  function giveUpOthers(thrown: unknown): never {
    failed.abort();
    throw thrown;
  }
  const results = await Promise.allSettled(guarded);
  const reasons = results.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (reasons.length === 0) return;
  if (signal.aborted) throw new AegisError("INTERRUPTED", "who asked for it has gone away");
  throw (
    reasons.find((one) => !(one instanceof GivenUp)) ?? (await tooLate(fleet, goals, timeoutMs))
  );
}

async function startOne(replica: ReplicaProcess, started: Set<string>): Promise<number> {
  const { spec, ports } = replica;
  const { deaths } = replica.record;
  const { state } = replica.view();
  if (state === "running") return deaths;
  started.add(spec.name);
  if (state === "paused") {
    await replica.unpause();
    return deaths;
  }
  await demandPorts(spec.name, ports);
  await replica.recreate();
  return deaths;
}

/** A one-shot job is up when it is done. */
function goalsOf(order: Order): Map<string, Goal> {
  const oneShot = jobs(order);
  return new Map(
    [...order.keys()].map((name) => [name, oneShot.has(name) ? "completed" : "ready"]),
  );
}

/** Blames the first that was started and has not got there: others may only have been waiting for it. */
function tooLate(
  fleet: Fleet,
  goals: ReadonlyMap<string, Goal>,
  timeoutMs: number,
): Promise<AegisError> {
  const missing = [...goals].filter(([name, goal]) => !isReached(fleet.get(name), goal));
  const replicas = missing.map(([name]) => fleet.get(name));
  const blamed = replicas.find((one) => one.view().state !== "created") ?? replicas[0];
  if (blamed === undefined) {
    const message = `the stack was not ready within ${timeoutMs} ms`;
    return Promise.resolve(new AegisError("ENVIRONMENT", message));
  }
  return failure(blamed, `was not ready within ${timeoutMs} ms: ${blamed.record.observed.detail}`);
}
