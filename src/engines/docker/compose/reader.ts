import type { ProjectReader } from "../../project-reader.ts";
import { readConfig } from "./config.ts";
import { inspectImages, inspectProject, numbersOf, projectsOf } from "./running.ts";
import { originOf, stackOfContainers } from "./running-stack.ts";

/** Compose projects, by the compose and the docker command of this machine. */
export const composeReader: ProjectReader = {
  config: readConfig,
  images: inspectImages,
  numbers: numbersOf,
  running: (world, project, know) => {
    const containers = inspectProject(world, project);
    if (containers.length === 0) return null;
    return stackOfContainers(containers, project, know(originOf(containers)));
  },
  projects: projectsOf,
};
