import { AegisError } from "../../kit/errors.ts";
import type { Stack } from "../../model/stack.ts";
import { declaredReplica } from "../absent-replica.ts";
import type { CreateEngine, Engine, EngineOptions, Usage } from "../engine.ts";
import { createPushStream } from "../push-stream.ts";
import { type UsageSample, usageBetween } from "../usage.ts";
import type { Connection } from "./connection.ts";
import { openLease } from "./lease.ts";
import { canOn, createPowers } from "./powers.ts";
import { type CallName, type Calls, GoneError } from "./protocol.ts";
import { type StateFiles, stateFiles } from "./state-files.ts";
import { SupervisorLink } from "./supervisor-link.ts";
import { livingSupervisor, sweep } from "./sweep.ts";
import { ANSWER_MS, timeLimits } from "./time-limits.ts";

/**
 * Runs a stack as plain processes of this machine. A supervisor outlives the command: this is only its client.
 * Throws INVALID_INPUT for a replica that only containers can run.
 * While a project is not up, `replicas` lists what is declared as `created`, and `stateOf` says `removed`.
 */
export const createProcessEngine: CreateEngine = async (options) => {
  const { stack, world, stateDirectory } = options;
  refuseContainers(stack);
  const files = stateFiles(stateDirectory);
  await sweep(files, world.pid);
  const link = new SupervisorLink({ stack, stateDirectory, files, world });
  return createClientEngine(options, link, files);
};

function createClientEngine(
  { stack, world }: EngineOptions,
  link: SupervisorLink,
  files: StateFiles,
): Engine {
  const ask = <Name extends CallName>(
    name: Name,
    params: Calls[Name]["params"],
  ): Promise<Calls[Name]["result"]> =>
    link.through(
      () => link.need(),
      (connection) => connection.call(name, params),
    );
  const ifAny = <T>(work: (connection: Connection | null) => Promise<T>): Promise<T> =>
    link.through(() => link.find(), work);
  const withOne = <T>(work: (connection: Connection) => Promise<T>): Promise<T> =>
    link.through(() => link.start(), work);
  const declared = stack.replicas.map((spec) =>
    declaredReplica(`${stack.project}/${spec.name}`, spec),
  );
  const isUp = (): Promise<boolean> =>
    ifAny(async (connection) => (await connection?.call("isUp", null)) ?? false).catch(
      () => livingSupervisor(files) !== null,
    );
  const readings = { last: [] as readonly UsageSample[] };
  return {
    name: "process",
    can: canOn(world.platform),
    powers: createPowers(link, stack),
    remote: null,
    exclusive: true,
    belongings: async () => [],
    isUp,
    exists: isUp,
    up: async ({ timeoutMs, onProgress }) => {
      link.forgetLost();
      const limitMs = Math.max(link.limits.up(timeoutMs), timeLimits(stack.replicas).up(timeoutMs));
      const options = { onItem: onProgress, limitMs };
      await withOne((connection) => connection.call("up", { stack, timeoutMs }, options));
    },
    down: () => link.end(),
    replicas: async (service) => {
      const known = await ifAny(async (connection) =>
        connection === null ? null : connection.call("replicas", null),
      );
      const all = known ?? declared;
      return service === undefined ? all : all.filter((one) => one.service === service);
    },
    events: (signal) => streamOf(link.start(), "events", { declared }, signal, null),
    logs: ({ names, follow, tail, signal }) => {
      const limitMs = follow ? null : ANSWER_MS;
      const lines = streamOf(link.need(), "logs", { names, follow, tail }, signal, limitMs);
      return flatten(lines);
    },
    usage: () => usageSince(readings, () => ask("usage", null)),
    lease: (options) => withOne((connection) => openLease(connection, options, link.limits.move)),
    expireLeases: async () => {
      const expired = ifAny(
        async (connection) =>
          (await connection?.call("expire", null, { limitMs: link.limits.move })) ?? false,
      );
      if (await expired.catch((thrown) => unlessGone(thrown, link))) await link.end();
    },
    addressOf: (consumer, service, port) => ask("addressOf", { consumer, service, port }),
    close: async () => link.close(),
  };
}

/** With a supervisor that is gone, so are its leases: no duty is left. */
function unlessGone(thrown: unknown, link: SupervisorLink): false {
  if (!(thrown instanceof GoneError)) throw thrown;
  link.forgetLost();
  return false;
}

function refuseContainers({ replicas }: Stack): void {
  const unfit = replicas.filter(({ process }) => process === null).map(({ name }) => name);
  if (unfit.length === 0) return;
  throw new AegisError(
    "INVALID_INPUT",
    `the process engine cannot run ${unfit.join(", ")}: no x-aegis.process is declared`,
    { hint: "declare x-aegis: { process: { command: [...] } }" },
  );
}

/** The items of a call; ends with it, or silently by the signal; throws when the supervisor goes away. */
function streamOf<Name extends CallName>(
  connecting: Promise<Connection>,
  name: Name,
  params: Calls[Name]["params"],
  signal: AbortSignal,
  limitMs: number | null,
): AsyncIterable<Calls[Name]["item"]> {
  const ended = new AbortController();
  const items = createPushStream<Calls[Name]["item"]>(signal, () => ended.abort());
  connecting
    .then((connection) =>
      connection.call(name, params, {
        onItem: (item) => items.push(item),
        signal: ended.signal,
        limitMs,
      }),
    )
    .then(
      () => items.end(),
      (error) => items.fail(error),
    );
  return items;
}

async function* flatten<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const batch of batches) yield* batch;
}

async function usageSince(
  readings: { last: readonly UsageSample[] },
  read: () => Promise<readonly UsageSample[]>,
): Promise<Usage[]> {
  const now = await read();
  const usage = usageBetween(readings.last, now);
  readings.last = now;
  return usage;
}
