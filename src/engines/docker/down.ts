import { afterDependents, dependents, prerequisites } from "../dependencies.ts";
import { forgetEmptied } from "./emptied.ts";
import { placeOf } from "./labels.ts";
import type { Project } from "./project.ts";
import { forgetRemoved } from "./removed.ts";
import { forgetUp, volumesToKeep } from "./up-record.ts";
import { removeVolumes, volumesOf } from "./volumes.ts";

const GONE = 404;
const NOTHING_TO_DO = 304;
const CONFLICT = 409;

/**
 * Stops and removes every container of the project, each after all that depend on it, then helpers, networks, and the
 * volumes that were not there before `up`. By the API alone: it needs no compose file, which may have changed or gone
 * since, and takes what is paused. Rejects with ENVIRONMENT.
 */
export async function takeDown(project: Project): Promise<void> {
  const { client, ask, containers, wardens, commands } = project;
  const listed = await containers.list();
  const [keep, volumes] = [await volumesToKeep(project), await volumesOf(project)];
  await wardens.dismiss("others");
  const command = commands.beginAll(["unpaused", "died", "removed"]);
  try {
    await stopInOrder(project, listed);
    const remove = ({ Id, Names }: Listed) =>
      ask(
        client.api.getContainer(Id).remove({ force: true, v: true }),
        `remove ${Names[0]}`,
        GONE,
        CONFLICT,
      );
    await Promise.all(listed.map(remove));
    await untilSeen(project);
  } finally {
    command.end();
  }
  await wardens.dismiss();
  for (const { id, name } of await project.networks()) {
    await ask(client.api.getNetwork(id).remove(), `remove the network ${name}`, GONE);
  }
  await removeVolumes(
    project,
    volumes.filter((name) => !keep.includes(name)),
  );
  forgetUp(project);
  forgetEmptied(project);
  forgetRemoved(project);
}

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** Gracefully; what is paused could not even hear of it. */
async function stopInOrder(project: Project, listed: readonly Listed[]): Promise<void> {
  const { client, ask, stack } = project;
  const waiting = orderOf(project);
  const byName = new Map<string, Listed>();
  const others: Listed[] = [];
  for (const container of listed) {
    const place = placeOf(container.Labels);
    const spec = stack.replicas.find(
      (one) => `${one.container?.service}/${one.container?.number}` === place,
    );
    if (spec === undefined) others.push(container);
    else byName.set(spec.name, container);
  }
  const stopOne = async ({ Id, Names, State }: Listed, graceMs: number | null): Promise<void> => {
    const api = client.api.getContainer(Id);
    const doing = `stop ${Names[0]}`;
    if (State === "paused") await ask(api.kill(), doing, GONE, CONFLICT);
    if (State !== "running" && State !== "restarting") return;
    const options = graceMs === null ? {} : { t: Math.ceil(graceMs / 1000) };
    await ask(api.stop(options), doing, NOTHING_TO_DO, GONE);
  };
  const stop = async (name: string): Promise<void> => {
    const container = byName.get(name);
    const spec = stack.replicas.find((one) => one.name === name);
    if (container !== undefined) await stopOne(container, spec?.stopGraceMs ?? null);
  };
  await Promise.all([
    afterDependents(
      stack.replicas.map(({ name }) => name),
      waiting,
      stop,
    ),
    ...others.map((one) => stopOne(one, null)),
  ]);
}

/** Compose accepts dependencies on what is not declared here; then there is no order. */
function orderOf({ stack }: Project): ReadonlyMap<string, readonly string[]> {
  try {
    return dependents(prerequisites(stack.replicas));
  } catch {
    return new Map();
  }
}

const TELL_MS = 15_000;

/** Whoever watches has been told of it all: what comes later is not our doing any more. */
async function untilSeen(project: Project): Promise<void> {
  const watch = await project.watch();
  await watch.settle(
    () => !watch.hasContainers,
    TELL_MS,
    () => new Error("Docker did not tell that all containers are removed"),
  );
}
