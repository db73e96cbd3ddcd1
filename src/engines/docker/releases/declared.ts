import type { ContainerInspectInfo } from "dockerode";
import { AegisError } from "../../../kit/errors.ts";
import type { Project } from "../project.ts";
import type { ReplicaRecord } from "../replica-record.ts";
import { imageHere } from "./images.ts";
import { type Declared, notedIn } from "./note.ts";
import { ownConfig } from "./own-config.ts";

type Config = Readonly<Record<string, unknown>>;

/** What its label says, else what it is without its image. Rejects with ENVIRONMENT when that image is not here any more. */
export async function declaredOf(
  project: Project,
  { spec }: Pick<ReplicaRecord, "spec">,
  { Config, HostConfig, Image }: ContainerInspectInfo,
): Promise<Declared> {
  const noted = notedIn(Config.Labels ?? {});
  if (noted !== null) return noted.declared;
  const image = await imageHere(project, Image);
  if (image === null) {
    throw new AegisError(
      "ENVIRONMENT",
      `the image that ${spec.name} was made from is not here any more (${Image.slice(0, 19)}), so nothing tells what of it was declared`,
      { hint: `make it anew: docker compose -p ${project.stack.project} up -d --force-recreate` },
    );
  }
  const published = Object.keys((HostConfig.PortBindings ?? {}) as object);
  const own = ownConfig(
    Config as unknown as Config,
    (image.Config ?? {}) as unknown as Config,
    published,
  );
  return { image: { name: Config.Image, id: Image }, config: own };
}
