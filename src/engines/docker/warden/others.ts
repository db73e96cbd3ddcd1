import { AegisError } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";
import type { Power } from "../../../model/powers.ts";
import { type DockerClient, dockerProblem } from "../client.ts";
import { removeHelper } from "../helper/container.ts";
import { type Owner, ownerOf, standingOf } from "../helper/owner.ts";
import { helperLabel, WARDEN_LABEL } from "./container.ts";

interface Place {
  readonly client: DockerClient;
  readonly world: World;
  readonly project: string;
}

interface Helper {
  readonly id: string;
  readonly name: string;
  /** As Docker says it: `running`, `exited` ... */
  readonly state: string;
  /** null: it cannot be told. */
  readonly owner: Owner | null;
}

const PAUSE_MS = 200;
/** A signal that comes while the program starts kills it: nobody is told twice in so short a time. */
const NUDGE_EVERY_MS = 5_000;
const LIMIT_MS = 60_000;

/** Is no warden of the project, but our own, of an owner that lives as far as can be told? */
export async function isFree(place: Place, own: string | null): Promise<Power> {
  return freeOf(await listHelpers(place, own, [WARDEN_LABEL]), place);
}

/**
 * Tells all wardens of the project but our own that their time has passed, and waits until they are gone. Rejects
 * ENVIRONMENT when one does not go, and, having told none, when one has an owner that may live.
 */
export async function expireWardens(place: Place, own: string | null): Promise<void> {
  const { client, world } = place;
  const list = () => listHelpers(place, own, [WARDEN_LABEL]);
  const deadline = world.clock.now() + LIMIT_MS * 1000;
  const nudged = new Map<string, number>();
  for (let left = await list(); left.length > 0; left = await list()) {
    const untold = left.filter(({ id }) => !nudged.has(id));
    const free = freeOf(untold, place);
    if (free !== true) throw new AegisError("ENVIRONMENT", free.no, { hint: free.hint });
    const now = world.clock.now();
    if (now > deadline) throw await stuckError(client, left);
    const isDue = ({ id }: Helper): boolean =>
      now - (nudged.get(id) ?? -Infinity) > NUDGE_EVERY_MS * 1000;
    const due = left.filter(isDue);
    for (const { id } of due) nudged.set(id, now);
    await Promise.all(due.map((helper) => nudge(client, helper)));
    await world.clock.sleep(PAUSE_MS);
  }
}

/** Removes the project's helper containers but that one. What they hold stays as it is. */
export async function removeHelpers(place: Place, except: string | null): Promise<void> {
  const all = await listHelpers(place, except, []);
  await Promise.all(all.map((helper) => removeHelper(place.client, helper)));
}

/** One that was never started holds nothing; one that has stopped goes on where it was. */
async function nudge(client: DockerClient, { id, name, state }: Helper): Promise<void> {
  const container = client.api.getContainer(id);
  const doing = {
    created: () => removeHelper(client, { id, name }),
    exited: () => container.start(),
    paused: () => container.unpause(),
    running: () => container.kill({ signal: "SIGUSR2" }),
  }[state];
  await doing?.().catch(() => undefined);
}

/** One that cannot be seen is told by its helper: while that runs, the lease is renewed or its time to live has not yet passed. */
function freeOf(wardens: readonly Helper[], { world, project }: Place): Power {
  for (const { name, state, owner } of wardens) {
    if (owner === null) continue;
    const standing = standingOf(owner, world);
    const who = `pid ${owner.pid} on ${owner.host}`;
    if (standing === "living") {
      return {
        no: `project ${project} is in use by ${who}, whom our lock does not keep out (another user, another AEGIS_HOME, another way to Docker)`,
        hint: `wait until it has ended, or interrupt it (kill -INT ${owner.pid}): it undoes its harm first. To run beside it, use another project name`,
      };
    }
    if (standing === "elsewhere" && state === "running") {
      return {
        no: `project ${project} is in use by ${who}, which is another machine or another container`,
        hint: `wait until it has ended. If it was killed, its helper container ${name} undoes its harm and goes, by itself, within a minute: try again then`,
      };
    }
  }
  return true;
}

async function listHelpers(
  { client, project }: Place,
  except: string | null,
  labels: readonly string[],
): Promise<Helper[]> {
  try {
    const label = [helperLabel(project), ...labels];
    const found = await client.api.listContainers({ all: true, filters: { label } });
    return found
      .map(({ Id, Names, State, Labels }) => ({
        id: Id,
        name: nameOf(Names, Id),
        state: State,
        owner: ownerOf(Labels),
      }))
      .filter(({ id }) => id !== except);
  } catch (thrown) {
    throw dockerProblem(thrown, client, `look for helper containers of ${project}`);
  }
}

function nameOf([name]: readonly string[], id: string): string {
  return name?.replace(/^\//, "") ?? id.slice(0, 12);
}

async function stuckError(client: DockerClient, left: readonly Helper[]): Promise<AegisError> {
  const said = await Promise.all(left.map((helper) => lastWords(client, helper)));
  const names = left.map(({ name }) => name).join(" ");
  const message = `helper containers of a dead run do not end:\n${said.join("\n")}`;
  return new AegisError("ENVIRONMENT", message, {
    hint: `\`docker logs ${names}\` says what they still hold; when that is put right by hand: docker rm -f ${names}`,
  });
}

async function lastWords(client: DockerClient, { id, name }: Helper): Promise<string> {
  try {
    const options = { stdout: false, stderr: true, tail: 1, follow: false } as const;
    const frames = await client.api.getContainer(id).logs(options);
    return `${name}: ${frames.subarray(8).toString().trim() || "(it says nothing)"}`;
  } catch {
    return name;
  }
}
