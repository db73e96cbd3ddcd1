import { AegisError, messageOf } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";
import { type DockerClient, dockerProblem, statusOf } from "../client.ts";

/** The bundled stack's own image, and what it is made from: both hold a `node`. */
const OWN_IMAGE = "aegis-stack";
const PUBLIC_IMAGE = "node:24-bookworm-slim";

/** An image with a `node` that helpers can run from, which is there or has just been pulled. Rejects ENVIRONMENT when there is none. */
export async function helperImage(client: DockerClient, env: World["env"]): Promise<string> {
  const images = helperImages(env);
  for (const image of images) {
    if (await isThere(client, image)) return image;
  }
  const wanted = images.at(-1) as string;
  await pull(client, wanted);
  return wanted;
}

/** Those that will do, the best one first; the last one is pulled when none is there. */
export function helperImages(env: World["env"]): readonly string[] {
  const chosen = env["AEGIS_HELPER_IMAGE"];
  return chosen ? [chosen] : [OWN_IMAGE, PUBLIC_IMAGE];
}

/** Is the image on the daemon's machine? Rejects ENVIRONMENT when it cannot be asked. */
export async function isThere({ api, ...client }: DockerClient, image: string): Promise<boolean> {
  try {
    await api.getImage(image).inspect();
    return true;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return false;
    throw dockerProblem(thrown, { api, ...client }, `look for the image ${image}`);
  }
}

async function pull({ api }: DockerClient, image: string): Promise<void> {
  try {
    const progress = await api.pull(image);
    await new Promise<void>((resolve, reject) => {
      api.modem.followProgress(progress, (failed) => (failed ? reject(failed) : resolve()));
    });
  } catch (thrown) {
    throw new AegisError(
      "ENVIRONMENT",
      `no image for the helper container: ${image} is not there and cannot be pulled: ${messageOf(thrown).trim()}`,
      {
        hint: "set AEGIS_HELPER_IMAGE to an image of yours that has node in it, or build the stack",
        cause: thrown,
      },
    );
  }
}
