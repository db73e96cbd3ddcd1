import { setTimeout as sleep } from "node:timers/promises";
import { AegisError } from "../../kit/errors.ts";
import { formatDuration } from "../../kit/units.ts";
import type { Stack } from "../../model/stack.ts";
import { jobs, type Prerequisite, prerequisites } from "../dependencies.ts";
import { abortedBy } from "./abort.ts";
import { stopInOrder } from "./down.ts";
import type { Fleet } from "./fleet.ts";
import { demandPorts } from "./ports.ts";
import { failure, GivenUp, type Goal, isReached, reach } from "./reach.ts";
import type { ReplicaProcess } from "./replica-process.ts";
import { isReadyByRunning } from "./replica-record.ts";

/** How a stack is brought up. */
export interface BringUpOptions {
  readonly timeoutMs: number;
  /** Aborts when whoever asked for it has gone away, or somebody takes the stack down. */
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** A replica of which nothing tells that it is ready must at least live that long. */
const SETTLE_MS = 300;

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
  const goals = goalsOf(order);
  const stopping = abortedBy(signal);
  const timer = setTimeout(() => stopping.abort(), timeoutMs);
  const settle = createSteps(fleet, order, started, stopping.signal);
  const tasks = [...goals].map(async ([name, goal]) => {
    try {
      await settle(name, goal);
      onProgress(`${name} is ${goal === "completed" ? "done" : "ready"}`);
    } catch (thrown) {
      stopping.abort();
      throw thrown;
    }
  });
  const results = await Promise.allSettled(tasks);
  clearTimeout(timer);
  const reasons = results.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (reasons.length === 0) return;
  if (signal.aborted)
    throw new AegisError("INTERRUPTED", "up was cut short: the stack is being taken down");
  const failed = reasons.find((one) => !(one instanceof GivenUp));
  throw failed ?? (await tooLate(fleet, goals, timeoutMs));
}

/** Starts a replica (once, however many wait for it) after what it depends on, and waits until it has got to the goal. */
function createSteps(
  fleet: Fleet,
  order: Order,
  started: Set<string>,
  stop: AbortSignal,
): (name: string, goal: Goal) => Promise<void> {
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
  return async (name, goal) => {
    await until(name, goal);
    if (goal === "completed" || !isReadyByRunning(fleet.get(name).spec)) return;
    await sleep(SETTLE_MS, undefined, { signal: stop }).catch(() => undefined);
    await until(name, goal);
  };
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
    const message = `the stack was not ready within ${formatDuration(timeoutMs)} (--wait-timeout)`;
    return Promise.resolve(new AegisError("ENVIRONMENT", message));
  }
  const late = `was not ready within ${formatDuration(timeoutMs)} (--wait-timeout)`;
  return failure(blamed, `${late}: ${blamed.view().unready}`);
}
