import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import type { InsideProgram } from "../../../model/inside.ts";
import { type DockerClient, dockerProblem } from "../client.ts";
import {
  attachTo,
  helperLabels,
  helperName,
  helperProblem,
  toldByStdin,
} from "../helper/container.ts";
import { type HelperPlace, helperImage } from "../helper/image.ts";
import { tarOf } from "../helper/tar.ts";
import { HELPER_OF, HELPER_ROLE } from "../labels.ts";
import { HOME, programFiles } from "./files.ts";
import { openProgram } from "./program.ts";

export interface ProgramOptions extends HelperPlace {
  /** Below `dist`. */
  readonly program: string;
  /** At least one, by name. */
  readonly networks: readonly string[];
}

/** What programs inside are called by: they all measure. */
const ROLE = "tester";
export const MEMORY_BYTES = 512 * 2 ** 20;
const MOST_PROCESSES = 128;
/** Nobody, in every image. */
const UNPRIVILEGED = "65534:65534";

/** Makes a container that runs the program, with its stdin and stdout in our hands. Rejects ENVIRONMENT when there can be none. */
export async function startProgram(options: ProgramOptions): Promise<InsideProgram> {
  const { client, world, project, program, networks } = options;
  await removeUnstarted(options);
  const image = await helperImage(options);
  const name = helperName(ROLE, project, world.drawId());
  const body = { name, Image: image, ...bodyOf(options) };
  const container = await client.api.createContainer(body).catch((thrown: unknown) => {
    throw helperProblem(thrown, client, image);
  });
  try {
    await container.putArchive(tarOf(programFiles(world.packageRoot, program)), { path: "/" });
    for (const network of networks.slice(1)) {
      await client.api.getNetwork(network).connect({ Container: container.id });
    }
    return await run(container, name, client);
  } catch (thrown) {
    await container.remove({ force: true, v: true }).catch(() => undefined);
    throw helperProblem(thrown, client, image);
  }
}

async function run(
  container: Docker.Container,
  name: string,
  client: DockerClient,
): Promise<InsideProgram> {
  const stream: Duplex = await attachTo(container);
  // Asked before it starts: afterwards it may be gone, and its exit code with it.
  const exit: Promise<{ StatusCode: number }> = container.wait({ condition: "next-exit" });
  exit.catch(() => undefined);
  await container.start();
  return openProgram({ client, stream, exit, container: { id: container.id, name } });
}

/**
 * No rights, no restarts, no log: what goes through its stdin (secrets) and stdout is nowhere else. It has no label by
 * which compose would take it for a container of its own.
 */
function bodyOf({ world, project, program, networks }: ProgramOptions) {
  const [network] = networks as [string];
  return {
    ...toldByStdin(["node", `/${HOME}/dist/${program}`]),
    User: UNPRIVILEGED,
    Env: ["NODE_OPTIONS=", "NODE_ENV=production"],
    Labels: helperLabels(ROLE, project, world),
    HostConfig: {
      AutoRemove: true,
      NetworkMode: network,
      Memory: MEMORY_BYTES,
      PidsLimit: MOST_PROCESSES,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=16m,mode=1777" },
      LogConfig: { Type: "none", Config: {} },
    },
  };
}

/** Seconds from making one to starting it, with much to spare. */
const SLOWEST_START_S = 300;

/** Those of an aegis that was killed before it could start them: nothing else would ever end them. */
async function removeUnstarted({ client, world, project }: ProgramOptions): Promise<void> {
  const filters = {
    label: [`${HELPER_OF}=${project}`, `${HELPER_ROLE}=${ROLE}`],
    status: ["created"],
  };
  const found = await client.api.listContainers({ all: true, filters }).catch((thrown: unknown) => {
    throw dockerProblem(thrown, client, `look for helper containers of ${project}`);
  });
  const before = world.clock.wall().getTime() / 1000 - SLOWEST_START_S;
  const dead = found.filter(({ Created }) => Created < before);
  await Promise.allSettled(dead.map(({ Id }) => client.api.getContainer(Id).remove({ v: true })));
}
