import type { World } from "../../../kit/world.ts";
import type { DockerClient } from "../client.ts";
import { helperImages, isThere } from "../helper/image.ts";
import { within } from "./within.ts";

/** The image that helpers are made of. */
export interface HelperImage {
  /** null: none is there. */
  readonly found: string | null;
  /** Those that will do, the best one first. */
  readonly candidates: readonly string[];
}

/** The first that is there. Pulls nothing. */
export async function surveyImage(
  client: DockerClient,
  world: World,
  limitMs: number,
): Promise<HelperImage> {
  const candidates = helperImages(world.env);
  const there = await within(world, limitMs, "look for helper images", () =>
    Promise.all(candidates.map((name) => isThere(client, name))),
  );
  return { found: candidates.find((_, index) => there[index]) ?? null, candidates };
}
