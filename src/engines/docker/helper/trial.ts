import type { World } from "../../../kit/world.ts";
import type { DockerClient } from "../client.ts";
import { runProbe } from "../survey/probe.ts";

/** The oldest Node that our programs run on. */
const OLDEST = [20, 19] as const;
const LIMIT_MS = 20_000;
const SCRIPT = "console.log(JSON.stringify({ node: process.versions.node }))";

/** Per client and image id: what an image holds does not change. */
const known = new WeakMap<DockerClient, Map<string, boolean>>();

/** Has the image, by its id, a `node` that is new enough? Tried in a short-lived container without a network. */
export async function canRunHelpers(
  client: DockerClient,
  world: World,
  id: string,
): Promise<boolean> {
  const answers = known.get(client) ?? new Map<string, boolean>();
  known.set(client, answers);
  const before = answers.get(id);
  if (before !== undefined) return before;
  const probe = { client, world, image: id, allow: {}, script: SCRIPT, limitMs: LIMIT_MS };
  const isFit = await runProbe<{ readonly node: string }>(probe).then(
    ({ node }) => isNewEnough(node),
    () => false,
  );
  answers.set(id, isFit);
  return isFit;
}

/** Of `24.1.0`. Pure. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
