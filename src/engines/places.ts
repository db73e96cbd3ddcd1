import type { World } from "../kit/world.ts";

/** Where an engine runs things: which of several daemons. */
export interface Place {
  /** Tells one from another; null: there is but this machine. */
  readonly endpoint: string | null;
  /** The variables of the environment that lead there again, from another shell; an empty one is as good as none. */
  readonly env: Readonly<Record<string, string>>;
}

/** Of the engines that can run things in several places. The others have no line here. */
const PLACES: Readonly<Record<string, () => Promise<(env: World["env"]) => Place>>> = {
  docker: async () => (await import("./docker/place.ts")).dockerPlace,
};

/** Where an engine would run things with this environment. Throws ENVIRONMENT when that cannot be told. */
export async function placeOf(engine: string, env: World["env"]): Promise<Place> {
  const load = Object.hasOwn(PLACES, engine) ? PLACES[engine] : undefined;
  return load === undefined ? { endpoint: null, env: {} } : (await load())(env);
}
