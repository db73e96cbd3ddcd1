import type { ImageInfo } from "dockerode";
import { builtNames } from "./declared-images.ts";
import { helperLabels } from "./helper/container.ts";
import { HELPER_OF, ofProject, placeOf } from "./labels.ts";
import type { Project } from "./project.ts";
import { fetchedImages } from "./releases/fetched.ts";
import { imageHere } from "./releases/images.ts";
import { finalName, isNextName } from "./warden/program/next-name.ts";

/**
 * What a project holds besides its replicas and our own warden, each as a person would name it: also a container that was
 * to replace another and did not come to it, but no image that was built or pulled for a release. Rejects with ENVIRONMENT.
 */
export async function belongingsOf(project: Project): Promise<readonly string[]> {
  const { client, ask, containers, stack, world } = project;
  const filters = ofProject(stack.project);
  const doing = `list what ${stack.project} holds`;
  const helpers = { label: [`${HELPER_OF}=${stack.project}`] };
  const ownWarden = Object.entries(helperLabels("warden", stack.project, world));
  const declared = new Set(
    stack.replicas.map(({ container }) => `${container?.service}/${container?.number}`),
  );
  const [networks, volumes, images, listed, helping] = await Promise.all([
    project.networks(),
    ask(client.api.listVolumes({ filters }), doing),
    ask(client.api.listImages({ filters }), doing),
    containers.list(),
    ask(client.api.listContainers({ all: true, filters: helpers }), doing),
  ]);
  const named = ({ Names, State }: { Names: string[]; State: string }): string =>
    `${(Names[0] ?? "?").replace(/^\//, "")}${State === "paused" ? " (paused)" : ""}`;
  const strangers = listed.filter(
    ({ Labels, Names }) =>
      !declared.has(placeOf(Labels) ?? "") ||
      isLeftOver(
        Names,
        listed.map((one) => one.Names),
      ),
  );
  return [
    ...networks.map(({ name }) => `network ${name}`),
    ...(volumes?.Volumes ?? []).map(({ Name }) => `volume ${Name}`),
    ...(await imagesOf(project, images ?? [])).map((name) => `image ${name}`),
    ...strangers.map((one) => `container ${named(one)}`),
    ...(helping ?? [])
      .filter(({ Labels }) => !ownWarden.every(([name, value]) => Labels[name] === value))
      .map((one) => `helper ${named(one)}`),
  ].sort();
}

/** Version 1 of compose puts no label on what it builds: that is known by its name. */
async function imagesOf(
  project: Project,
  labelled: readonly ImageInfo[],
): Promise<readonly string[]> {
  const meant = new Set(fetchedImages(project));
  const ours = labelled.filter(({ Id }) => !meant.has(Id));
  const known = new Set(labelled.map(({ Id }) => Id));
  const found = await Promise.all(
    builtNames(project.stack).map(async (name) => ({
      name,
      image: await imageHere(project, name),
    })),
  );
  return [
    ...ours.map(({ RepoTags, Id }) => RepoTags?.[0] ?? Id.slice(7, 19)),
    ...found
      .filter(({ image }) => image !== null && !known.has(image.Id))
      .map(({ name }) => `${name}:latest`),
  ];
}

/** Made to replace one that is still there. */
function isLeftOver(names: readonly string[], all: readonly (readonly string[])[]): boolean {
  const taken = new Set(all.flat());
  return names.some((name) => isNextName(name) && taken.has(`/${finalName(name)}`));
}
