import { ApiError, type DockerApi, labelled, unlessMissing } from "./api.ts";
import { finalName, isNextName } from "./next-name.ts";
import type { CreateOptions, StateUndo, Undo } from "./wire.ts";

/** What there was to undo: `nothing` may also mean that the harm is still on its way to the daemon. */
export type Undone = "undone" | "nothing";

/** Of a container that is asked about: as far as undoing goes. */
export interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Paused: boolean;
    readonly Restarting: boolean;
  };
  readonly Config: { readonly StopTimeout?: number | null };
  /** Commands that are being run in it. */
  readonly ExecIDs?: readonly string[] | null;
}

/** Undoes one held harm if it is there to be undone. Rejects as the API does. Idempotent. */
export function undoOnce(api: DockerApi, undo: StateUndo): Promise<Undone> {
  switch (undo.do) {
    case "unpause":
      return unpause(api, undo.id);
    case "start":
      return start(api, undo);
    case "recreate":
      return recreate(api, undo.create);
  }
}

/** How long the harm may still be on its way after who ordered it has died, in milliseconds: a stop takes its grace. */
export async function settleMs(api: DockerApi, undo: StateUndo): Promise<number> {
  if (undo.do !== "start") return SETTLE_MS;
  const container = await inspect(api, undo.id);
  return (container?.Config.StopTimeout ?? DEFAULT_GRACE_S) * 1000 + SETTLE_MS;
}

/** How long a call may take to reach the daemon, in milliseconds. */
export const SETTLE_MS = 3_000;
/** Docker's own. */
const DEFAULT_GRACE_S = 10;

async function unpause(api: DockerApi, id: string): Promise<Undone> {
  const container = await inspect(api, id);
  if (container === undefined) return "undone";
  if (!container.State.Paused) return "nothing";
  await api.call("POST", `/containers/${id}/unpause`);
  return "undone";
}

async function start(api: DockerApi, undo: Undo & { readonly do: "start" }): Promise<Undone> {
  const container = await standing(api, undo);
  if (container === undefined) return "undone";
  const { Id, Name, State } = container;
  if (State.Running || State.Restarting || isLeaving(State.Status)) return "nothing";
  if (isNextName(Name)) await rename(api, Id, finalName(Name));
  await unlessMissing(api.call("POST", `/containers/${Id}/start`));
  return "undone";
}

/** The container of a replica, by its id or else by its labels; undefined: there is none. */
export async function standing(
  api: DockerApi,
  { id, identity }: { readonly id: string; readonly identity: readonly string[] },
): Promise<Inspected | undefined> {
  return (await inspect(api, id)) ?? (await successor(api, identity));
}

/** A release was being changed: the container that has taken the place of the other, or was about to. */
async function successor(
  api: DockerApi,
  identity: readonly string[],
): Promise<Inspected | undefined> {
  const query = labelled(...identity);
  const found = (await api.call("GET", `/containers/json?all=1&${query}`)) as Listed[];
  const all = await Promise.all(found.map(({ Id }) => inspect(api, Id)));
  const there = all.filter((one) => one !== undefined);
  return there.find(({ Name }) => !isNextName(Name)) ?? there[0];
}

async function rename(api: DockerApi, id: string, name: string): Promise<void> {
  await api.call("POST", `/containers/${id}/rename?name=${encodeURIComponent(name)}`);
}

async function recreate(api: DockerApi, create: CreateOptions): Promise<Undone> {
  const twins = await findTwins(api, create);
  const isAnother = ({ Id, State }: Listed): boolean => Id !== create.of && !isLeaving(State);
  const another = twins.find(isAnother);
  if (another === undefined && twins.length > 0) return "nothing";
  if (another !== undefined && another.State !== "created") return "undone";
  const id = another?.Id ?? (await make(api, create));
  await connectAll(api, id, create);
  await api.call("POST", `/containers/${id}/start`);
  return "undone";
}

interface Listed {
  readonly Id: string;
  readonly State: string;
}

/** The containers that compose takes for this one: its identity is in its labels. */
async function findTwins(api: DockerApi, { body, name }: CreateOptions): Promise<Listed[]> {
  const labels = (body["Labels"] ?? {}) as Readonly<Record<string, string>>;
  if (IDENTITY.some((label) => labels[label] === undefined)) {
    const found = await inspect(api, name);
    return found === undefined ? [] : [{ Id: found.Id, State: found.State.Status }];
  }
  const query = labelled(...IDENTITY.map((label) => `${label}=${labels[label]}`));
  return (await api.call("GET", `/containers/json?all=1&${query}`)) as Listed[];
}

const IDENTITY = [
  "com.docker.compose.project",
  "com.docker.compose.service",
  "com.docker.compose.container-number",
  "com.docker.compose.oneoff",
];

async function make(api: DockerApi, { name, body, imageId }: CreateOptions): Promise<string> {
  const create = async (image: unknown): Promise<string> => {
    const path = `/containers/create?name=${encodeURIComponent(name)}`;
    return ((await api.call("POST", path, { ...body, Image: image })) as { Id: string }).Id;
  };
  try {
    return await create(body["Image"]);
  } catch (thrown) {
    const isMissing = thrown instanceof ApiError && thrown.status === 404;
    if (!isMissing || body["Image"] === imageId) throw thrown;
    return await create(imageId);
  }
}

/** Networks that it is in already are no error: an earlier try may have come so far. */
async function connectAll(api: DockerApi, id: string, { connect }: CreateOptions): Promise<void> {
  for (const { network, endpoint } of connect) {
    const body = { Container: id, EndpointConfig: endpoint };
    const path = `/networks/${encodeURIComponent(network)}/connect`;
    await api.call("POST", path, body).catch((thrown) => {
      if (!(thrown instanceof ApiError && thrown.status === 403)) throw thrown;
    });
  }
}

function isLeaving(status: string): boolean {
  return status === "removing" || status === "dead";
}

async function inspect(api: DockerApi, id: string): Promise<Inspected | undefined> {
  const asked = api.call("GET", `/containers/${encodeURIComponent(id)}/json`);
  return (await unlessMissing(asked)) as Inspected | undefined;
}
