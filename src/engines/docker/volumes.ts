import { ofProject } from "./labels.ts";
import type { Project } from "./project.ts";

/** The project's volumes: those that compose has named, and those that nobody has, of containers that are there. */
export async function volumesOf({ client, ask, containers, stack }: Project): Promise<string[]> {
  const doing = `list the volumes of ${stack.project}`;
  const [named, listed] = await Promise.all([
    ask(client.api.listVolumes({ filters: ofProject(stack.project) }), doing),
    containers.list(),
  ]);
  const inspected = await Promise.all(listed.map(({ Id }) => containers.inspect(Id)));
  const anonymous = inspected.flatMap((one) => one?.anonymousVolumes.map(({ name }) => name) ?? []);
  return [...(named?.Volumes ?? []).map(({ Name }) => Name), ...anonymous];
}

/** Of one that is in use, or gone, nothing is said. */
export async function removeVolumes(
  { client, ask }: Project,
  names: readonly string[],
): Promise<void> {
  const removals = names.map((name) =>
    ask(client.api.getVolume(name).remove(), `remove the volume ${name}`, 404, 409),
  );
  await Promise.all(removals);
}
