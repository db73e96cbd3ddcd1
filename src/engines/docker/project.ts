import { AegisError } from "../../kit/errors.ts";
import type { World } from "../../kit/world.ts";
import type { Stack } from "../../model/stack.ts";
import type { DockerClient } from "./client.ts";
import { dockerProblem, statusOf } from "./client.ts";
import { type Commands, createCommands } from "./commands.ts";
import { type ComposeCli, createComposeCli } from "./compose/cli.ts";
import { type Containers, createContainers } from "./containers.ts";
import { declaredImages } from "./declared-images.ts";
import { ofProject } from "./labels.ts";
import { createWardens, type Wardens } from "./warden/index.ts";
import { Watch } from "./watch.ts";

/** One compose project, and the ways to it that all parts of the engine share. */
export interface Project {
  readonly stack: Stack;
  readonly client: DockerClient;
  readonly world: World;
  readonly stateDirectory: string;
  readonly containers: Containers;
  readonly commands: Commands;
  readonly wardens: Wardens;
  /** What happens to it: opened when it is first asked for, and again after it was lost. Rejects with ENVIRONMENT. */
  watch(): Promise<Watch>;
  /** Rejects with ENVIRONMENT when this machine has no compose. */
  compose(): Promise<ComposeCli>;
  /** Its networks, the oldest first: they are there as long as it is up. */
  networks(): Promise<readonly ProjectNetwork[]>;
  /** Asks the daemon; an answer with one of the `fine` statuses is as good as success. Rejects with ENVIRONMENT: "cannot `doing`: why". */
  ask<T>(call: Promise<T>, doing: string, ...fine: readonly number[]): Promise<T | null>;
  close(): void;
}

export interface ProjectNetwork {
  readonly id: string;
  readonly name: string;
}

/** Asks nothing yet. */
export function openProject(
  stack: Stack,
  client: DockerClient,
  world: World,
  stateDirectory: string,
): Project {
  const commands = createCommands(() => world.clock.now());
  let watching: Promise<Watch> | null = null;
  let composing: Promise<ComposeCli> | null = null;
  const watch = (): Promise<Watch> => {
    if (watching !== null) return watching;
    const { clock, platform } = world;
    const opening = Watch.open({ client, stack, clock, platform, commands });
    watching = opening;
    const forget = (): void => {
      if (watching === opening) watching = null;
    };
    opening.then(({ lost }) => lost.addEventListener("abort", forget), forget);
    return opening;
  };
  const ask: Project["ask"] = async (call, doing, ...fine) => {
    try {
      return await call;
    } catch (thrown) {
      if (fine.includes(statusOf(thrown) ?? 0)) return null;
      throw dockerProblem(thrown, client, doing);
    }
  };
  const wardens = createWardens({
    client,
    world,
    project: stack.project,
    images: declaredImages(stack),
  });
  return {
    stack,
    client,
    world,
    stateDirectory,
    containers: createContainers(client, stack.project),
    commands,
    wardens,
    watch,
    compose: () => {
      composing ??= createComposeCli(world);
      return composing;
    },
    networks: async () => {
      const list = client.api.listNetworks({ filters: ofProject(stack.project) });
      const networks = (await ask(list, `list the networks of ${stack.project}`)) ?? [];
      const byAge = networks.toSorted((a, b) => a.Created.localeCompare(b.Created));
      return byAge.map(({ Id, Name }) => ({ id: Id, name: Name }));
    },
    ask,
    close: () => {
      wardens.close();
      watching?.then(
        (opened) => opened.close(),
        () => undefined,
      );
      watching = null;
    },
  };
}

/** Of a stack that Docker cannot run. Throws INVALID_INPUT. */
export function refuseProcesses({ replicas }: Stack): void {
  const unfit = replicas.filter(({ container }) => container === null).map(({ name }) => name);
  if (unfit.length === 0) return;
  throw new AegisError(
    "INVALID_INPUT",
    `the docker engine cannot run ${unfit.join(", ")}: no compose service declares it`,
    { hint: "use --engine process, or write a compose file with an image or a build for it" },
  );
}
