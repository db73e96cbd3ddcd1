import { randomBytes } from "node:crypto";
import { AegisError } from "../../kit/errors.ts";
import type { StopOutcome } from "../../model/powers.ts";
import type { EngineEvent, Replica, ReplicaState } from "../../model/replica.ts";
import type { LogLine } from "../engine.ts";
import { createPushStream } from "../push-stream.ts";
import { createTurns } from "../turns.ts";
import { aborted, abortedBy } from "./abort.ts";
import type { Commands } from "./commands.ts";
import { takeDown } from "./down.ts";
import type { Fleet } from "./fleet.ts";
import type { Leases } from "./leases.ts";
import { type Calls, goneError, type Move, PROTOCOL } from "./protocol.ts";
import { createReleaseHandlers, withdraw } from "./release-handlers.ts";
import type { ReplicaProcess } from "./replica-process.ts";
import type { CallContext, Handlers } from "./server.ts";
import { bringUp } from "./up.ts";
import { sampleUsage } from "./usage.ts";

/** What the calls act on. */
export interface Supervised {
  readonly project: string;
  readonly fleet: Fleet;
  readonly leases: Leases;
  readonly commands: Commands;
  readonly now: () => number;
  /** Aborts when the supervisor is about to exit: streams end. */
  readonly leaving: AbortSignal;
  /** Aborts when it is decided that the stack goes down and the supervisor with it. */
  readonly goingDown: AbortSignal;
  /** Makes that known to all clients. Idempotent. */
  readonly announceDown: () => void;
  /** Leaves once the answers that are due have been sent. Whatever still runs then is killed. */
  readonly leave: () => void;
}

/** Every call of the protocol over one fleet. `up` and `down` run one after the other; `down` cuts every `up` short, and none comes after it. */
export function createHandlers(supervised: Supervised): Handlers {
  const { fleet, leases, commands, now, leave, goingDown, announceDown } = supervised;
  const inTurn = createTurns();
  const goingUp = new Set<AbortController>();
  const refuseWhenGoingDown = (): void => {
    if (goingDown.aborted) throw goneError(supervised.project);
  };
  return {
    hello: async () => ({ protocol: PROTOCOL }),
    up: async ({ stack, timeoutMs }, { signal, send }) => {
      refuseWhenGoingDown();
      const cut = abortedBy(signal);
      goingUp.add(cut);
      const onProgress = (line: string): void => send(line);
      const options = { timeoutMs, signal: cut.signal, onProgress };
      await inTurn(() => bringUp(fleet, stack, options)).finally(() => goingUp.delete(cut));
      return null;
    },
    down: () => {
      announceDown();
      for (const cut of goingUp) cut.abort();
      return inTurn(async () => {
        await takeDown(fleet).finally(leave);
        return null;
      });
    },
    isUp: async () => fleet.stack !== null && !goingDown.aborted,
    replicas: async () => (fleet.stack === null ? null : fleet.present.map((one) => one.view())),
    events: ({ declared }, context) => streamEvents(supervised, declared, context),
    logs: (params, context) => streamLogs(supervised, params, context),
    usage: async () =>
      sampleUsage(
        fleet.present.map((one) => one.view()),
        now(),
      ),
    addressOf: async ({ service, port }) => fleet.addressOf(service, port),
    lease: async (options) => {
      refuseWhenGoingDown();
      const id = randomBytes(4).toString("hex");
      leases.open(id, options);
      return id;
    },
    renew: async ({ lease }) => {
      leases.renew(lease);
      return null;
    },
    release: async ({ lease }) => {
      await leases.release(lease);
      return null;
    },
    expire: () => leases.expireAll(),
    move: async ({ move, key, hold }) => {
      const replica = fleet.byKey(key);
      if (hold !== null) leases.hold(hold, replica.view());
      const outcome = await moves[move](replica);
      // A newcomer is held until it is promoted or dismissed, whatever is done to it.
      if (endsHarm.has(move) && !replica.isNewcomer) leases.drop(key);
      return (outcome as StopOutcome | undefined) ?? null;
    },
    ...createReleaseHandlers(fleet, leases),
    exec: ({ key, command, timeoutMs }, { signal }) =>
      commands.run(fleet.byKey(key), command, { timeoutMs, signal }),
    holdCommand: async ({ key, harm, hold }) => {
      fleet.byKey(key).needExistence();
      leases.holdCommand(hold, { key, harm });
      return null;
    },
    freeCommand: async ({ key, harm }) => {
      leases.dropCommand({ key, harm });
      return null;
    },
  };
}

const moves: Readonly<Record<Move, (replica: ReplicaProcess) => Promise<unknown>>> = {
  crash: (replica) => replica.crash(),
  kill: (replica) => replica.kill(),
  stop: (replica) => replica.stop(),
  start: (replica) => replica.start(),
  restart: (replica) => replica.restart(),
  pause: (replica) => replica.pause(),
  unpause: (replica) => replica.unpause(),
  remove: (replica) => replica.remove(),
  recreate: (replica) => replica.recreate(),
};

const endsHarm: ReadonlySet<Move> = new Set(["start", "restart", "unpause", "recreate"]);

/**
 * Brings a held replica back to what it was: running again, or at least there again. Told as done by the policy: the run
 * whose harm it ends did not ask for it, and must not take it for its own undoing. A newcomer goes.
 */
export async function putBack(fleet: Fleet, key: string, before: ReplicaState): Promise<void> {
  const replica = fleet.byKey(key);
  const elder = fleet.newcomers.elder(replica);
  if (elder !== undefined) return withdraw(fleet, elder, "policy");
  const start = before === "running" || before === "restarting" || before === "paused";
  await replica.unput();
  await replica.unpause("policy");
  await replica.recreate(start, "policy");
}

async function streamEvents(
  { fleet, leaving, now }: Supervised,
  declared: readonly Replica[],
  { signal, send }: CallContext<EngineEvent>,
): Promise<null> {
  const stopListening = fleet.events.listen((event) => send(event));
  const at = now();
  const replicas = fleet.stack === null ? declared : fleet.present.map((one) => one.view());
  for (const replica of replicas) {
    const { instance } = replica;
    const nothing = { exitCode: null, signal: null, by: "itself" } as const;
    send({ type: "snapshot", at, replica, instance, ...nothing });
  }
  await aborted(abortedBy(signal, leaving).signal);
  stopListening();
  return null;
}

const BATCH = 500;
const LONGEST_QUEUE = 20_000;

async function streamLogs(
  { fleet, leaving }: Supervised,
  { names, follow, tail }: Calls["logs"]["params"],
  { signal, send, drained }: CallContext<readonly LogLine[]>,
): Promise<null> {
  // The lines of a newcomer are in the log of the one that it is beside.
  const replicas = [...new Set(names.map((name) => needReplica(fleet, name)))];
  const stop = abortedBy(signal, leaving).signal;
  const lines = createPushStream<LogLine>(stop, () => stopListening(), LONGEST_QUEUE);
  const wanted = new Set(replicas.map(({ name }) => name));
  const stopListening = fleet.lines.listen((line) => {
    if (follow && wanted.has(line.replica)) lines.push(line);
  });
  const kept = replicas.flatMap((replica) => replica.log.read(tail));
  for (let start = 0; start < kept.length && !stop.aborted; start += BATCH) {
    send(kept.slice(start, start + BATCH));
    await drained();
  }
  if (!follow) lines.end();
  for await (const line of lines) {
    send([line]);
    await drained();
  }
  return null;
}

function needReplica(fleet: Fleet, name: string): ReplicaProcess {
  const replica = fleet.present.find((one) => one.name === name);
  if (replica !== undefined) return fleet.newcomers.elder(replica) ?? replica;
  throw new AegisError("INVALID_INPUT", `no replica is called "${name}"`, {
    hint: `there are: ${fleet.present.map((one) => one.name).join(", ")}`,
  });
}
