import type { Inside } from "../../../model/powers.ts";
import { declaredImages } from "../declared-images.ts";
import type { Project } from "../project.ts";
import { startProgram } from "./container.ts";
import { nameInside, needFor, networksOf } from "./place.ts";

/** Programs of ours as containers in the networks of a project. */
export function createInside(project: Project): Inside {
  const { client, world, stack } = project;
  return {
    needFor: (service, port) => needFor(project, service, port),
    addressOf: (service, port) => nameInside(project, service, port),
    start: async (program, services) => {
      const networks = await networksOf(project, services);
      const images = declaredImages(stack);
      return startProgram({ client, world, project: stack.project, images, program, networks });
    },
  };
}
