import { messageOf } from "../../../kit/errors.ts";
import { type HelperPlace, helperImages, imageThere } from "../helper/image.ts";
import { within } from "./within.ts";

/** The image that helpers are made of. */
export interface HelperImage {
  /** null: none is there. */
  readonly found: string | null;
  /** Those that will do for every project, the best one first. */
  readonly candidates: readonly string[];
  /** Why the last of the candidates cannot be pulled either; null: nothing speaks against it, or one was found. */
  readonly unobtainable: string | null;
}

/** Each image of the project may have to be tried. */
const TRIALS_MS = 60_000;

/** The first that is there. Pulls nothing. */
export async function surveyImage(place: HelperPlace, limitMs: number): Promise<HelperImage> {
  const { world } = place;
  const candidates = helperImages(world.env);
  const trialsMs = Math.max(limitMs, TRIALS_MS);
  const found = await within(world, trialsMs, "look for helper images", () => imageThere(place));
  const wanted = candidates.at(-1) as string;
  const unobtainable = found === null ? await whyNot(place, wanted, limitMs) : null;
  return { found, candidates, unobtainable };
}

/** What its registry says to being asked for it. One that does not answer in time has not said no. */
async function whyNot(
  { client, world }: HelperPlace,
  image: string,
  limitMs: number,
): Promise<string | null> {
  const ask = (abortSignal: AbortSignal): Promise<string | null> =>
    client.api
      .getImage(image)
      .distribution({ abortSignal })
      .then(() => null)
      .catch((thrown: unknown) => messageOf(thrown).trim());
  return within(world, limitMs, "ask the registry", ask).catch(() => null);
}
