import { AegisError, messageOf } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";
import { type DockerClient, dockerProblem, statusOf } from "../client.ts";
import { createContainers } from "../containers.ts";
import { canRunHelpers } from "./trial.ts";

/** The bundled stack's own image, and what it is made from: both hold a `node`. */
const OWN_IMAGE = "aegis-stack";
const PUBLIC_IMAGE = "node:24-bookworm-slim";

/** For whom helpers are made, and where. */
export interface HelperPlace {
  readonly client: DockerClient;
  readonly world: World;
  /** The compose project. */
  readonly project: string;
  /** What its services are declared to run, by name, best guess first: it may not be there. */
  readonly images: readonly string[];
}

/**
 * An image with a `node` that helpers can run from: one that is there, else one of the project's own, else what can be pulled.
 * Rejects ENVIRONMENT when there is none.
 */
export async function helperImage(place: HelperPlace): Promise<string> {
  const found = await imageThere(place);
  if (found !== null) return found;
  const wanted = helperImages(place.world.env).at(-1) as string;
  await pull(place, wanted);
  return wanted;
}

/** The best that is there; null: none would do. Pulls nothing. Rejects ENVIRONMENT when the daemon cannot be asked. */
export async function imageThere(place: HelperPlace): Promise<string | null> {
  const { client, world } = place;
  for (const image of helperImages(world.env)) {
    if (await isThere(client, image)) return image;
  }
  return isChosen(world.env) ? null : ownImage(place);
}

/** Those that will do for every project, the best one first; the last one is pulled when none is there. */
export function helperImages(env: World["env"]): readonly string[] {
  const chosen = env["AEGIS_HELPER_IMAGE"];
  return chosen ? [chosen] : [OWN_IMAGE, PUBLIC_IMAGE];
}

function isChosen(env: World["env"]): boolean {
  return Boolean(env["AEGIS_HELPER_IMAGE"]);
}

/** Where nothing can be pulled, what the project itself runs may hold a `node`. */
async function ownImage({ client, world, project, images }: HelperPlace): Promise<string | null> {
  const listed = await createContainers(client, project).list();
  const tried = new Set<string>();
  for (const image of [...listed.map(({ ImageID }) => ImageID), ...images]) {
    const id = await idOf(client, image);
    if (id === null || tried.has(id)) continue;
    tried.add(id);
    if (await canRunHelpers(client, world, id)) return image;
  }
  return null;
}

/** Is the image on the daemon's machine? Rejects ENVIRONMENT when it cannot be asked. */
async function isThere(client: DockerClient, image: string): Promise<boolean> {
  return (await idOf(client, image)) !== null;
}

async function idOf(client: DockerClient, image: string): Promise<string | null> {
  try {
    return (await client.api.getImage(image).inspect()).Id;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return null;
    throw dockerProblem(thrown, client, `look for the image ${image}`);
  }
}

async function pull({ client: { api }, world, project }: HelperPlace, image: string) {
  try {
    const progress = await api.pull(image);
    await new Promise<void>((resolve, reject) => {
      api.modem.followProgress(progress, (failed) => (failed ? reject(failed) : resolve()));
    });
  } catch (thrown) {
    const own = isChosen(world.env) ? "" : `, and no image of ${project} has a node that will do`;
    throw new AegisError(
      "ENVIRONMENT",
      `no image for the helper container: ${image} is not there and cannot be pulled (${messageOf(thrown).trim()})${own}`,
      {
        hint: "set AEGIS_HELPER_IMAGE to an image of yours that has node in it, or build the stack",
        cause: thrown,
      },
    );
  }
}
