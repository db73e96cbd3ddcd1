import type { Project } from "../project.ts";
import { keptTag } from "./build-arguments.ts";
import { fetchedImages, forgetFetched } from "./fetched.ts";
import { imageHere } from "./images.ts";

/** Answers of the API: it is gone already; something runs it. */
const GONE = 404;
const CONFLICT = 409;

/**
 * Removes what was built for a release of this project under a name of its own, of which no container is made any more and
 * that is not `needed`. What was pulled stays, as after a pull by hand. Returns names. Rejects with ENVIRONMENT.
 */
export async function dropUnused(
  project: Project,
  needed: (id: string) => boolean,
): Promise<readonly string[]> {
  const { client, ask } = project;
  const gone: string[] = [];
  for (const id of fetchedImages(project).filter((one) => !needed(one))) {
    const image = await imageHere(project, id);
    if (image === null) forgetFetched(project, id);
    const name = image?.RepoTags?.find((tag) => tag.endsWith(`:${keptTag(id)}`));
    if (name === undefined) continue;
    const removing = client.api.getImage(name).remove();
    if ((await ask(removing, `remove the image ${name}`, GONE, CONFLICT)) === null) continue;
    forgetFetched(project, id);
    gone.push(name);
  }
  return gone;
}
