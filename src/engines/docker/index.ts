import type { EngineEvent } from "../../model/replica.ts";
import { declaredReplica } from "../absent-replica.ts";
import type { CreateEngine, Engine } from "../engine.ts";
import { NO_MEMBERS, noMembers } from "../no-members.ts";
import { createPushStream } from "../push-stream.ts";
import { addressOf } from "./address.ts";
import { belongingsOf } from "./belongings.ts";
import { connectDocker, dockerProblem } from "./client.ts";
import { takeDown } from "./down.ts";
import { forgetIfRefilled, isEmptied } from "./emptied.ts";
import { createExec } from "./exec.ts";
import { createInside } from "./inside/index.ts";
import { createLifecycle } from "./lifecycle.ts";
import { streamLogs } from "./logs.ts";
import { createMoves } from "./moves.ts";
import { openProject, type Project, refuseProcesses } from "./project.ts";
import { createReleases } from "./releases/index.ts";
import { forgetRemovedIfDown } from "./removed.ts";
import { bringUp } from "./up.ts";
import { volumesToKeep } from "./up-record.ts";
import { createUsage } from "./usage.ts";
import type { Watch } from "./watch.ts";

/**
 * Runs a stack as containers: compose makes them, everything else goes through Docker's API. A replica is a container by
 * compose's labels, so that anybody's project can be worked on; its life has a name of container and process id.
 * Throws INVALID_INPUT for a replica that only processes can run, ENVIRONMENT when there is no daemon.
 */
export const createDockerEngine: CreateEngine = async ({ stack, world, stateDirectory }) => {
  refuseProcesses(stack);
  const client = connectDocker(world.env);
  await client.api.ping().catch((thrown: unknown) => {
    throw dockerProblem(thrown, client, "use Docker");
  });
  return createEngine(openProject(stack, client, world, stateDirectory));
};

function createEngine(project: Project): Engine {
  const { client, wardens, stack } = project;
  const moves = createMoves(project);
  const { crash, ...lifecycle } = createLifecycle(project, moves);
  const updown = createUpDown(project);
  return {
    name: "docker",
    get can() {
      return {
        lifecycle: true,
        crash: wardens.canCrash,
        exec: true,
        inside: true,
        releases: true,
        members: NO_MEMBERS,
      } as const;
    },
    powers: {
      lifecycle,
      crash: { crash },
      exec: createExec(project),
      inside: createInside(project),
      releases: createReleases(project, moves),
      members: noMembers,
    },
    remote: client.remote,
    life: async () => (await project.networks())[0]?.id.slice(0, 12) ?? null,
    isUp: async () => (await project.containers.list()).some(({ State }) => LIVING.has(State)),
    exists: async () => (await project.containers.list()).length > 0,
    ...updown,
    replicas: async (service) => {
      const all = await replicasOf(project);
      return service === undefined ? all : all.filter((one) => one.service === service);
    },
    events: (signal) => watchEvents(project, signal),
    logs: (options) => streamLogs(project, options),
    usage: createUsage(project),
    belongings: () => belongingsOf(project),
    lease: async ({ ttlMs, downOnExpiry }) => {
      const down = downOnExpiry
        ? { project: stack.project, keepVolumes: await volumesToKeep(project) }
        : null;
      return wardens.open({ ttlMs, downOnExpiry, down });
    },
    isFree: () => wardens.isFree(),
    expireLeases: async () => {
      await wardens.expireOthers();
      await forgetIfRefilled(project);
      await forgetRemovedIfDown(project);
    },
    addressOf: (_consumer, service, port) => addressOf(project, service, port),
    close: async () => project.close(),
  };
}

const LIVING = new Set(["running", "paused", "restarting"]);

/** A down cuts every up short that was asked for before it. */
function createUpDown(project: Project): Pick<Engine, "up" | "down"> {
  const goingUp = new Map<AbortController, Promise<void>>();
  return {
    up: async (options) => {
      const cut = new AbortController();
      const going = bringUp(project, options, cut.signal);
      goingUp.set(cut, going);
      await going.finally(() => goingUp.delete(cut));
    },
    down: async () => {
      for (const cut of goingUp.keys()) cut.abort();
      await Promise.allSettled(goingUp.values());
      await takeDown(project);
    },
  };
}

/** Of a project of which nothing is there, what is declared. */
async function replicasOf(project: Project) {
  const watch = await project.watch();
  const isThere = await isAnyThere(project, watch);
  return watch.records.map((record) =>
    isThere ? record.view() : declaredReplica(record.key, record.spec),
  );
}

async function isAnyThere(project: Project, { hasContainers }: Watch): Promise<boolean> {
  return hasContainers || (await project.networks()).length > 0 || isEmptied(project);
}

function watchEvents(project: Project, signal: AbortSignal): AsyncIterable<EngineEvent> {
  const ended = new AbortController();
  const events = createPushStream<EngineEvent>(signal, () => ended.abort());
  begin().catch((thrown) => events.fail(thrown));
  return events;

  async function begin(): Promise<void> {
    const watch = await project.watch();
    const isThere = await isAnyThere(project, watch);
    if (ended.signal.aborted) return;
    const at = project.world.clock.now();
    for (const record of watch.records) {
      const replica = isThere ? record.view() : declaredReplica(record.key, record.spec);
      const nothing = { exitCode: null, signal: null, by: "itself" } as const;
      events.push({ type: "snapshot", at, replica, instance: replica.instance, ...nothing });
    }
    const stopListening = watch.events.listen((event) => events.push(event));
    const lose = (): void => events.fail(watch.lost.reason);
    watch.lost.addEventListener("abort", lose);
    ended.signal.addEventListener("abort", () => {
      stopListening();
      watch.lost.removeEventListener("abort", lose);
    });
  }
}
