import { ApiError, type DockerApi, labelled, unlessMissing } from "./api.ts";
import type { DownPlan } from "./wire.ts";

interface Listed {
  readonly Id: string;
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Mounts?: readonly { readonly Type: string; readonly Name?: string }[] | null;
}

/** Docker gives volumes that nobody has named such a name. */
const ANONYMOUS = /^[0-9a-f]{64}$/;

/**
 * Removes what a project has, once: its containers (stopped with their grace first), the helpers around them except
 * wardens, networks, and volumes that the plan does not keep. Says whether there was anything. Rejects as the API does.
 */
export async function takeDownOnce(api: DockerApi, plan: DownPlan): Promise<boolean> {
  const ours = labelled(`com.docker.compose.project=${plan.project}`);
  const containers = await list<Listed>(api, `/containers/json?all=1&${ours}`);
  const helpers = await listHelpers(api, plan.project);
  await each([...containers, ...helpers], (one) => removeContainer(api, one, plan));
  const networks = await list<{ Id: string }>(api, `/networks?${ours}`);
  await each(networks, ({ Id }) => remove(api, `/networks/${Id}`));
  const volumes = await listVolumes(api, ours, plan);
  await each(volumes, (name) => remove(api, `/volumes/${encodeURIComponent(name)}`));
  return containers.length + helpers.length + networks.length + volumes.length > 0;
}

/** They may be connected to the project's networks. */
async function listHelpers(api: DockerApi, project: string): Promise<Listed[]> {
  const query = labelled(`aegis.project=${project}`);
  const all = await list<Listed>(api, `/containers/json?all=1&${query}`);
  return all.filter(({ Labels }) => Labels["aegis.role"] !== "warden");
}

async function listVolumes(
  api: DockerApi,
  query: string,
  { keepVolumes }: DownPlan,
): Promise<string[]> {
  const answer = (await api.call("GET", `/volumes?${query}`)) as {
    readonly Volumes: readonly { readonly Name: string }[] | null;
  };
  return (answer.Volumes ?? []).map(({ Name }) => Name).filter((it) => !keepVolumes.includes(it));
}

/**
 * A paused container cannot stop; one that cannot stop is killed by the removal. Anonymous volumes that it had taken over
 * from another container do not go with it.
 */
async function removeContainer(
  api: DockerApi,
  { Id, State, Mounts }: Listed,
  { keepVolumes }: DownPlan,
): Promise<void> {
  const politely = async (step: string): Promise<void> => {
    await api.call("POST", `/containers/${Id}/${step}`).catch((thrown) => {
      if (!(thrown instanceof ApiError)) throw thrown;
    });
  };
  if (State === "paused") await politely("unpause");
  if (State !== "exited" && State !== "created") await politely("stop");
  await remove(api, `/containers/${Id}?force=1&v=1`);
  for (const { Type, Name = "" } of Mounts ?? []) {
    const goes = Type === "volume" && ANONYMOUS.test(Name) && !keepVolumes.includes(Name);
    if (goes) await unlessInUse(remove(api, `/volumes/${Name}`));
  }
}

async function unlessInUse(removing: Promise<void>): Promise<void> {
  await removing.catch((thrown) => {
    if (!(thrown instanceof ApiError && thrown.status === 409)) throw thrown;
  });
}

/** Gone already, or being removed by somebody else, is as good. */
async function remove(api: DockerApi, path: string): Promise<void> {
  await unlessMissing(api.call("DELETE", path)).catch((thrown) => {
    const isUnderWay = thrown instanceof ApiError && /already in progress/.test(thrown.message);
    if (!isUnderWay) throw thrown;
  });
}

/** What fails keeps none of the others from going. */
async function each<T>(all: readonly T[], action: (one: T) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(all.map(action));
  const failed = results.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

async function list<T>(api: DockerApi, path: string): Promise<T[]> {
  return (await api.call("GET", path)) as T[];
}
