import { mkdirSync } from "node:fs";
import { AegisError } from "../../kit/errors.ts";
import type { Stack } from "../../model/stack.ts";
import { declaredReplica } from "../absent-replica.ts";
import type { CreateEngine, Engine, EngineOptions, Usage } from "../engine.ts";
import { createPushStream } from "../push-stream.ts";
import type { Connection } from "./connection.ts";
import { openLease } from "./lease.ts";
import { canOn, createPowers } from "./powers.ts";
import type { CallName, Calls, UsageSample } from "./protocol.ts";
import { type StateFiles, stateFiles } from "./state-files.ts";
import { SupervisorLink } from "./supervisor-link.ts";
import { livingSupervisor, sweep } from "./sweep.ts";
import { usageBetween } from "./usage.ts";

/**
 * Runs a stack as plain processes of this machine. A supervisor outlives the command: this is only its client.
 * Throws INVALID_INPUT for a replica that only containers can run.
 * While a project is not up, `replicas` lists what is declared as `created`, and `stateOf` says `removed`.
 */
export const createProcessEngine: CreateEngine = async (options) => {
  const { stack, world, stateDirectory } = options;
  refuseContainers(stack);
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const files = stateFiles(stateDirectory);
  await sweep(files, world.pid);
  const link = new SupervisorLink({ project: stack.project, stateDirectory, files, world });
  return createClientEngine(options, link, files);
};

function createClientEngine(
  { stack, world }: EngineOptions,
  link: SupervisorLink,
  files: StateFiles,
): Engine {
  const ask = async <Name extends CallName>(
    name: Name,
    params: Calls[Name]["params"],
  ): Promise<Calls[Name]["result"]> => (await link.need()).call(name, params);
  const declared = stack.replicas.map((spec) =>
    declaredReplica(`${stack.project}/${spec.name}`, spec),
  );
  const readings = { last: [] as readonly UsageSample[] };
  return {
    name: "process",
    can: canOn(world.platform),
    powers: createPowers(link),
    isUp: async () => {
      const connection = await link.find().catch(() => null);
      if (connection === null) return livingSupervisor(files) !== null;
      return connection.call("isUp", null).catch(() => livingSupervisor(files) !== null);
    },
    up: async ({ timeoutMs, onProgress }) => {
      link.forgetLost();
      const connection = await link.start();
      await connection.call("up", { stack, timeoutMs }, { onItem: onProgress });
    },
    down: () => link.end(),
    replicas: async (service) => {
      const connection = await link.find();
      const known = connection === null ? null : await connection.call("replicas", null);
      const all = known ?? declared;
      return service === undefined ? all : all.filter((one) => one.service === service);
    },
    events: (signal) => streamOf(link.start(), "events", { declared }, signal),
    logs: ({ names, follow, tail, signal }) => {
      const lines = streamOf(link.need(), "logs", { names, follow, tail }, signal);
      return flatten(lines);
    },
    usage: () => usageSince(readings, () => ask("usage", null)),
    lease: async (options) => openLease(await link.start(), options),
    expireLeases: async () => {
      const connection = await link.find();
      if (connection !== null && (await connection.call("expire", null))) await link.end();
    },
    addressOf: (consumer, service, port) => ask("addressOf", { consumer, service, port }),
    close: async () => link.close(),
  };
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
): AsyncIterable<Calls[Name]["item"]> {
  const ended = new AbortController();
  const items = createPushStream<Calls[Name]["item"]>(signal, () => ended.abort());
  connecting
    .then((connection) =>
      connection.call(name, params, { onItem: (item) => items.push(item), signal: ended.signal }),
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
