import type { ContainerInspectInfo } from "dockerode";
import { AegisError } from "../../../kit/errors.ts";
import type { ReplicaSpec } from "../../../model/stack.ts";
import { placeOf } from "../labels.ts";
import type { Project } from "../project.ts";
import type { ReplicaRecord } from "../replica-record.ts";
import { finalName, isNextName } from "../warden/program/next-name.ts";

/** The containers of one replica: more than one only where a replacement was cut short. */
export interface Standing {
  /** null: only those are left that were to replace it. */
  readonly own: ContainerInspectInfo | null;
  /** Made to replace it; they have never run. */
  readonly nexts: readonly ContainerInspectInfo[];
}

/** Rejects with ENVIRONMENT when it was removed, or when compose was cut short while replacing it. */
export async function standingOf(project: Project, { spec }: ReplicaRecord): Promise<Standing> {
  const { client, ask } = project;
  const inspecting = (await listedOf(project, spec)).map(({ Id }) =>
    ask(client.api.getContainer(Id).inspect(), `inspect ${spec.name}`, 404),
  );
  const all = (await Promise.all(inspecting)).filter((one) => one !== null);
  const nexts = all.filter(({ Name }) => isNextName(Name));
  const [own = null, ...others] = all.filter(({ Name }) => !isNextName(Name));
  if (own === null && nexts.length === 0) {
    throw new AegisError("ENVIRONMENT", `${spec.name} was removed`, {
      hint: "`aegis status` shows what runs",
    });
  }
  if (others.length > 0) {
    const names = [own, ...others].map((one) => one?.Name.replace(/^\//, ""));
    throw new AegisError(
      "ENVIRONMENT",
      `several containers are ${spec.name}: ${names.join(", ")}; compose did not finish replacing one`,
      { hint: `docker compose -p ${project.stack.project} up -d` },
    );
  }
  return { own, nexts };
}

async function listedOf({ containers }: Project, { container }: ReplicaSpec) {
  const place = `${container?.service}/${container?.number}`;
  return (await containers.list()).filter(({ Labels }) => placeOf(Labels) === place);
}

/** Finishes or undoes a replacement that was cut short; where there is none it only looks. Rejects with ENVIRONMENT. */
export async function tidy(project: Project, record: ReplicaRecord): Promise<void> {
  const listed = await listedOf(project, record.spec);
  if (listed.some(({ Names }) => Names.some(isNextName))) await settled(project, record);
}

/** The container that counts, under its own name, and nothing beside it: what was cut short is finished or undone. */
export async function settled(
  project: Project,
  record: ReplicaRecord,
): Promise<ContainerInspectInfo> {
  const { own, nexts } = await standingOf(project, record);
  const [heir, ...others] = nexts;
  const chosen = (own ?? heir) as ContainerInspectInfo;
  for (const { Id } of own === null ? others : nexts) await discard(project, Id);
  if (own === null) await nameFinally(project, chosen);
  return chosen;
}

/** Takes a container away that has never run. What it has taken over from the other is not its own, and stays. */
export async function discard({ client, ask }: Project, id: string): Promise<void> {
  const removing = client.api.getContainer(id).remove({ force: true, v: true });
  await ask(removing, `remove the container ${id.slice(0, 12)}`, 404);
}

export async function nameFinally(
  { client, ask }: Project,
  { Id, Name }: Pick<ContainerInspectInfo, "Id" | "Name">,
): Promise<void> {
  const name = finalName(Name);
  await ask(client.api.getContainer(Id).rename({ name }), `name the container ${name}`);
}
