import { join } from "node:path";
import type Docker from "dockerode";
import { messageOf } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";
import type { Power } from "../../../model/powers.ts";
import type { DockerClient } from "../client.ts";
import {
  attachTo,
  helperLabels,
  helperName,
  helperProblem,
  scriptsIn,
  toldByStdin,
} from "../helper/container.ts";
import { type HelperPlace, helperImage } from "../helper/image.ts";
import { type TarFile, tarOf } from "../helper/tar.ts";
import { HELPER_OF, HELPER_ROLE } from "../labels.ts";
import { Link, type LinkOptions } from "./link.ts";

/** A helper container of our own that runs and listens. */
export interface Warden {
  readonly id: string;
  readonly name: string;
  readonly link: Link;
  /** Whether it sees the processes of the daemon's host. */
  readonly canCrash: Power;
}

export interface StartOptions extends HelperPlace {
  readonly onEnded: LinkOptions["onEnded"];
}

/** What every helper container of a project carries, by whomever it was made. */
export function helperLabel(project: string): string {
  return `${HELPER_OF}=${project}`;
}
export const WARDEN_LABEL = `${HELPER_ROLE}=warden`;

const START_MS = 60_000;

/** Rejects ENVIRONMENT when no helper can be made. A daemon that refuses one in the host's pid namespace gets one without. */
export async function startWarden(options: StartOptions): Promise<Warden> {
  const { client } = options;
  const image = await helperImage(options);
  try {
    return { ...(await makeWarden(options, image, "host")), canCrash: true };
  } catch (refused) {
    try {
      return { ...(await makeWarden(options, image, "")), canCrash: lackOf(refused) };
    } catch (thrown) {
      throw helperProblem(thrown, client, image);
    }
  }
}

async function makeWarden(
  { client, world, project, onEnded }: StartOptions,
  image: string,
  pidMode: "host" | "",
): Promise<Omit<Warden, "canCrash">> {
  const name = helperName("warden", project, world.drawId());
  const body = { name, Image: image, ...wardenBody(client, world, project, name, pidMode) };
  const container = await client.api.createContainer(body);
  try {
    await container.putArchive(tarOf(programFiles(world.packageRoot)), { path: "/" });
    const stream = await attachTo(container);
    const link = new Link(stream, { name, onEnded });
    await container.start();
    await within(START_MS, link.ready, `the helper container ${name} does not start`);
    return { id: container.id, name, link };
  } catch (thrown) {
    await container.remove({ force: true, v: true }).catch(() => undefined);
    throw thrown;
  }
}

/** Rights: to see and kill the host's processes, and what the Docker socket gives. */
function wardenBody(
  client: DockerClient,
  world: World,
  project: string,
  name: string,
  pidMode: "host" | "",
): Docker.ContainerCreateOptions {
  const source = world.env["AEGIS_HELPER_SOCKET"] || client.socketPath || "/var/run/docker.sock";
  return {
    ...toldByStdin(["node", "/aegis/program/main.js", name]),
    User: "0:0",
    Env: ["NODE_OPTIONS="],
    Labels: helperLabels("warden", project, world),
    HostConfig: {
      PidMode: pidMode,
      NetworkMode: "none",
      UsernsMode: "host",
      Mounts: [{ Type: "bind", Source: source, Target: "/var/run/docker.sock" }],
      RestartPolicy: { Name: "unless-stopped" },
      Memory: 128 * 1024 * 1024,
      CapDrop: ["ALL"],
      CapAdd: ["KILL"],
      SecurityOpt: ["label=disable"],
      LogConfig: { Type: "json-file", Config: { "max-size": "1m" } },
    },
  };
}

/** The compiled program, as it lies in the container. It imports nothing but its own folder. */
function programFiles(packageRoot: string): TarFile[] {
  const directory = join(packageRoot, "dist", "src", "engines", "docker", "warden", "program");
  const files = scriptsIn(directory, "aegis/program");
  return [{ path: "aegis/package.json", content: '{"type":"module"}\n' }, ...files];
}

async function within<T>(limitMs: number, work: Promise<T>, late: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${late} within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function lackOf(refused: unknown): Power {
  return {
    no: `the Docker daemon refuses a helper in the host's pid namespace: ${messageOf(refused).trim()}`,
    hint: "crash needs it; `kill` (held down until it is started again) and `restart` do without",
  };
}
