import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import type { World } from "../../../kit/world.ts";
import type { DockerClient } from "../client.ts";
import { within } from "./within.ts";

/** A program that is run once in a container of its own. */
export interface Probe {
  readonly client: DockerClient;
  readonly world: World;
  /** Is there, and has `node`. */
  readonly image: string;
  /** What it is allowed, besides no network. */
  readonly allow: Docker.HostConfig;
  readonly script: string;
  /** All of it, from making the container to its last word. */
  readonly limitMs: number;
}

const MEMORY_BYTES = 128 * 2 ** 20;

/** What the script printed, parsed. Rejects with what the daemon threw, or ENVIRONMENT when time is up. The container is gone, or on its way. */
export async function runProbe<T>(probe: Probe): Promise<T> {
  const { client, world, limitMs } = probe;
  const name = `aegis-probe-${world.drawId()}`;
  try {
    const printed = await within(world, limitMs, "run a probe", (signal) =>
      start(probe, name, signal),
    );
    return JSON.parse(printed) as T;
  } finally {
    // The daemon removes it when it ends by itself; this one is for those that were never started or hang.
    await within(world, limitMs, "remove a probe", (abortSignal) =>
      client.api.getContainer(name).remove({ force: true, abortSignal }),
    ).catch(() => {});
  }
}

async function start(
  { client, image, allow, script }: Probe,
  name: string,
  abortSignal: AbortSignal,
): Promise<string> {
  const container = await client.api.createContainer({
    name,
    Image: image,
    Entrypoint: ["node", "-e", script],
    Cmd: [],
    User: "0",
    // One plain stream instead of two in frames.
    Tty: true,
    Labels: { "aegis.role": "probe" },
    HostConfig: { AutoRemove: true, NetworkMode: "none", Memory: MEMORY_BYTES, ...allow },
    abortSignal,
  });
  const output = await container.attach({ stream: true, stdout: true, stderr: true, abortSignal });
  const printed = text(output);
  await container.start({ abortSignal });
  return printed;
}
