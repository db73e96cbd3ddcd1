import { AegisError } from "../../kit/errors.ts";
import { didYouMean } from "../../kit/suggest.ts";
import type { Address, EngineEvent } from "../../model/replica.ts";
import type { CreateEngine, EngineOptions, Lease, LogLine } from "../engine.ts";
import { createHub, type Hub } from "../hub.ts";
import { NO_INSIDE } from "../no-inside.ts";
import { createPushStream } from "../push-stream.ts";
import { createDryPowers } from "./dry-powers.ts";
import { DryProject } from "./dry-project.ts";
import type { DrySetting } from "./remembered-replica.ts";

/**
 * Runs nothing and remembers everything, in memory: the engine of a stack without replicas (`monitor URL`), and the double
 * in tests of what uses engines. Every power works on the remembered replicas and tells its events; nothing waits but
 * revivals by a restart policy, which go by the world's clock.
 */
export const createDryEngine: CreateEngine = async (options) => {
  const hub = createHub<EngineEvent>();
  const project = new DryProject(options.stack.replicas, settingOf(options, hub));
  const leases = new Map<string, Set<string>>();
  const views = () => project.replicas.map((one) => one.view());
  return {
    name: "dry",
    can: {
      lifecycle: true,
      crash: true,
      exec: true,
      inside: NO_INSIDE,
      releases: true,
      members: true,
    },
    powers: createDryPowers(project, leases, options.stack),
    remote: null,
    exclusive: true,
    belongings: async () => [],
    isUp: async () => project.isUp,
    exists: async () => project.isUp,
    up: async ({ onProgress }) => {
      project.up();
      for (const { name } of views()) onProgress(`${name} is ready`);
    },
    down: async () => project.down(),
    replicas: async (service) =>
      views().filter((one) => service === undefined || one.service === service),
    events: (signal) => watch(project, hub, options, signal),
    logs: ({ signal, follow }) => silence(follow ? signal : AbortSignal.abort()),
    usage: async () =>
      views()
        .filter(({ instance }) => instance !== null)
        .map(({ name }) => ({ replica: name, cpu: null, memoryBytes: 0 })),
    expireLeases: async () => undefined,
    lease: async () => openLease(options, project, leases),
    addressOf: async (_consumer, service, port) => addressOf(options, service, port),
    close: async () => undefined,
  };
};

function settingOf({ stack, world }: EngineOptions, hub: Hub<EngineEvent>): DrySetting {
  let lives = 0;
  return {
    project: stack.project,
    clock: world.clock,
    drawInstance: () => `dry-${++lives}`,
    emit: (event: EngineEvent) => hub.tell(event),
  };
}

function watch(
  { replicas }: DryProject,
  hub: Hub<EngineEvent>,
  { world }: EngineOptions,
  signal: AbortSignal,
): AsyncIterable<EngineEvent> {
  const events = createPushStream<EngineEvent>(signal, () => stopListening());
  const stopListening = hub.listen((event) => events.push(event));
  const at = world.clock.now();
  for (const replica of replicas.map((one) => one.view())) {
    const { instance } = replica;
    events.push({
      type: "snapshot",
      at,
      replica,
      instance,
      exitCode: null,
      signal: null,
      by: "itself",
    });
  }
  return events;
}

function silence(signal: AbortSignal): AsyncIterable<LogLine> {
  return createPushStream<LogLine>(signal, () => undefined);
}

/** It never runs out: it lives and dies with our process. */
function openLease(
  { world }: EngineOptions,
  project: DryProject,
  leases: Map<string, Set<string>>,
): Lease {
  const id = world.drawId();
  leases.set(id, new Set());
  return {
    id,
    lost: new AbortController().signal,
    release: async () => {
      const held = leases.get(id) ?? new Set();
      leases.delete(id);
      for (const key of held) project.putBack(key);
    },
  };
}

/** Made up, but always the same: the compose port, or 80. */
function addressOf({ stack }: EngineOptions, service: string, port: number | null): Address {
  const spec = stack.replicas.find((one) => one.service === service || one.name === service);
  if (spec === undefined) {
    const known = stack.replicas.flatMap((one) => [one.service, one.name]);
    throw new AegisError("INVALID_INPUT", `no service is called "${service}"`, {
      hint: didYouMean(service, [...new Set(known)]),
    });
  }
  const declared = [
    spec.process?.port ?? 80,
    ...Object.values(spec.process?.extraPorts ?? {}),
    ...spec.ports.map(({ container }) => container),
  ];
  if (port !== null && !declared.includes(port)) {
    throw new AegisError("INVALID_INPUT", `${service} does not declare port ${port}`);
  }
  return { host: "127.0.0.1", port: port ?? (declared[0] as number) };
}
