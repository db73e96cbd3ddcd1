import type { ContainerInfo } from "dockerode";
import { type DockerClient, dockerProblem, statusOf } from "./client.ts";
import { type Inspected, inspected } from "./inspected.ts";
import { ofProject, placeOf } from "./labels.ts";
import { isNextName } from "./warden/program/next-name.ts";

/** Reading what there is of a project. Everything rejects with ENVIRONMENT when the daemon does not answer. */
export interface Containers {
  /** Every container with the project's label, replicas or not, whatever its state. */
  list(): Promise<readonly ContainerInfo[]>;
  /** The replicas among them, by `SERVICE/NUMBER`. Where one is about to be replaced, that which runs, else the old one. */
  replicas(): Promise<ReadonlyMap<string, Inspected>>;
  /** null: it is gone. */
  inspect(id: string): Promise<Inspected | null>;
}

export function createContainers(client: DockerClient, project: string): Containers {
  const list = async (): Promise<ContainerInfo[]> =>
    client.api
      .listContainers({ all: true, filters: ofProject(project) })
      .catch((thrown: unknown) => {
        throw dockerProblem(thrown, client, `list the containers of ${project}`);
      });
  const inspect = async (id: string): Promise<Inspected | null> => {
    try {
      return inspected(await client.api.getContainer(id).inspect());
    } catch (thrown) {
      if (statusOf(thrown) === 404) return null;
      throw dockerProblem(thrown, client, `inspect ${id.slice(0, 12)}`);
    }
  };
  return {
    list,
    inspect,
    replicas: async () => {
      const listed = (await list()).filter(({ Labels }) => placeOf(Labels) !== null);
      const all = await Promise.all(
        listed.map(
          async ({ Id, Labels }) => [placeOf(Labels) as string, await inspect(Id)] as const,
        ),
      );
      const byPlace = new Map<string, Inspected>();
      for (const [place, one] of all) {
        if (one === null) continue;
        const other = byPlace.get(place);
        if (other === undefined || standing(one) > standing(other)) byPlace.set(place, one);
      }
      return byPlace;
    },
  };
}

function standing({ pid, name }: Inspected): number {
  if (pid > 0) return 2;
  return isNextName(name) ? 0 : 1;
}
