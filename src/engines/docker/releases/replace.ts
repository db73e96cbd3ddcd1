import type { ContainerInspectInfo } from "dockerode";
import type { Release } from "../../../model/stack.ts";
import type { Moves } from "../moves.ts";
import type { Project } from "../project.ts";
import type { ReplicaRecord } from "../replica-record.ts";
import type { CreateOptions } from "../warden/index.ts";
import type { Watch } from "../watch.ts";
import { imageHere, keepImage } from "./images.ts";
import { nextContainer } from "./next-container.ts";
import type { Declared } from "./note.ts";
import { discard, nameFinally } from "./standing.ts";

/** What it takes to do something to a replica. */
export interface Doing {
  readonly project: Project;
  readonly moves: Moves;
  readonly watch: Watch;
  readonly record: ReplicaRecord;
}

/**
 * Makes the next container under a name of its own, takes the old one away, and gives the next its name: cut short
 * anywhere in between, one of the two is whole and found by its labels. Rejects with ENVIRONMENT, the old one in place.
 */
export async function replace(
  { project, moves, watch, record }: Doing,
  info: ContainerInspectInfo,
  declared: Declared,
  release: Release,
): Promise<void> {
  const options = nextContainer(
    info,
    declared,
    release,
    await sourceOf(project, declared, release),
  );
  let id = "";
  await moves.command(watch, record, {
    expects: ["created"],
    run: async () => {
      id = await made(project, options);
      await inItsPlace(project, record, info, { Id: id, Name: options.name });
    },
    until: ({ container }) => container?.id === id,
    what: "was replaced",
  });
  // That it has its final name is no event of ours.
  record.container = (await watch.containers.inspect(id)) ?? record.container;
}

/** The declared image by the name that compose has asked for, while that still is the same. */
async function sourceOf(
  project: Project,
  { image: { name, id } }: Declared,
  { image }: Release,
): Promise<string> {
  const wanted = image ?? id;
  if (wanted !== id || name === id) return wanted;
  return (await imageHere(project, name))?.Id === id ? name : wanted;
}

/** Nothing is left of one that could not be made whole. */
async function made(project: Project, { name, body, connect }: CreateOptions): Promise<string> {
  const { client, ask } = project;
  const doing = `make the container ${name}`;
  const container = await ask(client.api.createContainer({ name, ...body }), doing);
  const id = container?.id ?? name;
  try {
    for (const { network, endpoint } of connect) {
      const options = { Container: id, EndpointConfig: endpoint };
      await ask(client.api.getNetwork(network).connect(options), doing);
    }
  } catch (thrown) {
    await discard(project, id).catch(() => undefined);
    throw thrown;
  }
  return id;
}

async function inItsPlace(
  project: Project,
  { spec }: ReplicaRecord,
  old: ContainerInspectInfo,
  next: Pick<ContainerInspectInfo, "Id" | "Name">,
): Promise<void> {
  const { client, ask } = project;
  try {
    await keepOldImage(project, spec.container?.service ?? spec.service, old.Image);
    await ask(client.api.getContainer(old.Id).remove(), `replace ${spec.name}`, 404);
  } catch (thrown) {
    await discard(project, next.Id).catch(() => undefined);
    throw thrown;
  }
  await nameFinally(project, next);
}

/** Who cleans up images without a name would take the way back away. */
async function keepOldImage(project: Project, service: string, id: string): Promise<void> {
  const image = await imageHere(project, id);
  if (image === null) return;
  const names = [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])];
  if (names.length === 0) await keepImage(project, service, id);
}
