import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ImageInspectInfo } from "dockerode";
import { AegisError } from "../../../kit/errors.ts";
import type { Fetching } from "../../../model/powers.ts";
import type { BuildSpec, ReplicaSpec } from "../../../model/stack.ts";
import { statusOf } from "../client.ts";
import { runDocker } from "../docker-command.ts";
import type { Project } from "../project.ts";
import { buildArguments, keptImage } from "./build-arguments.ts";
import { noteFetched } from "./fetched.ts";
import { runsOn } from "./platform.ts";

/** null: no image goes by that name or id here. Rejects with ENVIRONMENT. */
export async function imageHere(
  { client, ask }: Project,
  image: string,
): Promise<ImageInspectInfo | null> {
  return ask(client.api.getImage(image).inspect(), `look for the image ${image}`, 404);
}

/** A name as people write it. What begins with a dash would be an option of the docker command. */
const REFERENCE = /^[a-z0-9][\w.:/@-]*$/i;
const ID = /^(sha256:)?[0-9a-f]{64}$/;

/** Pulls it where it is not here and may be fetched, else null. Rejects with INVALID_INPUT for what is no name of an image, ENVIRONMENT for one that cannot be had. */
export async function imageOf(
  project: Project,
  image: string,
  { fetch, onProgress }: Fetching,
): Promise<ImageInspectInfo | null> {
  const here = REFERENCE.test(image) ? await namedHere(project, image) : refuseName(image, "");
  if (here !== null) return here;
  if (ID.test(image)) throw goneImage(image);
  onProgress(`${fetch ? "pulling" : "it is not here, so it would be pulled:"} ${image}`);
  if (!fetch) return null;
  const failure = await runDocker(project.world, ["pull", image], onProgress);
  const pulled = failure === null ? await imageHere(project, image) : null;
  if (pulled === null) {
    if (/invalid reference format/i.test(failure ?? "")) refuseName(image, `: ${failure}`);
    throw new AegisError(
      "ENVIRONMENT",
      `the image ${image} is not here and cannot be pulled: ${failure ?? "it is not there either"}`,
      { hint: "is the name right? build it, or log in to where it is: docker login" },
    );
  }
  noteFetched(project, pulled.Id);
  return pulled;
}

async function namedHere(project: Project, image: string): Promise<ImageInspectInfo | null> {
  return imageHere(project, image).catch((thrown: AegisError) => {
    if (statusOf(thrown.cause) === 400) refuseName(image, `: ${thrown.message}`);
    throw thrown;
  });
}

function refuseName(image: string, why: string): never {
  throw new AegisError("INVALID_INPUT", `"${image}" is no name of an image${why}`, {
    hint: "expected one like web:2, registry.example/shop/web:2 or sha256:<64 digits>",
  });
}

function goneImage(image: string): AegisError {
  return new AegisError("ENVIRONMENT", `the image ${image} is not here any more`, {
    hint: "name one by its tag, or build it again",
  });
}

/** Builds it, under a name of its own, where it may be fetched, else null. Rejects with INVALID_INPUT for sources that are not there, ENVIRONMENT for a build that fails. */
export async function built(
  project: Project,
  { service }: { readonly service: string },
  build: BuildSpec,
  { fetch, onProgress }: Fetching,
): Promise<ImageInspectInfo | null> {
  const { world, stateDirectory, stack } = project;
  needSources(service, build);
  const idFile = join(stateDirectory, `built-${world.drawId()}`);
  onProgress(`${fetch ? "building" : "would build"} ${service} from ${build.context}`);
  if (!fetch) return null;
  try {
    const failure = await runDocker(world, buildArguments(build, idFile), onProgress);
    if (failure !== null) {
      const again = ["docker", ...buildArguments(build, "/dev/null")].join(" ");
      throw new AegisError("ENVIRONMENT", `the build of ${service} failed: ${failure}`, {
        hint: `see the whole of it: ${again}`,
      });
    }
    const id = readFileSync(idFile, "utf8").trim();
    const image = await imageHere(project, id);
    if (image === null) throw goneImage(id);
    await keepImage(project, service, id);
    noteFetched(project, image.Id);
    onProgress(`built ${Object.values(keptImage(stack.project, service, id)).join(":")}`);
    return image;
  } finally {
    rmSync(idFile, { force: true });
  }
}

const IS_URL = /^(https?|git|ssh):\/\/|^git@|^github\.com\//;

function needSources(service: string, { context, dockerfile }: BuildSpec): void {
  if (IS_URL.test(context)) return;
  for (const path of [context, ...(dockerfile === null ? [] : [dockerfile])]) {
    if (existsSync(path)) continue;
    throw new AegisError("INVALID_INPUT", `${service} cannot be built: there is no ${path}`, {
      hint: "correct `build` in the compose file or in the version",
    });
  }
}

/** Gives it a name, so that nobody cleans it up as one that nothing needs. */
export async function keepImage(
  { client, ask, stack }: Project,
  service: string,
  id: string,
): Promise<void> {
  const name = keptImage(stack.project, service, id);
  await ask(client.api.getImage(id).tag(name), `name the image ${name.repo}:${name.tag}`);
}

/** Rejects with ENVIRONMENT when it is made for another kind of machine than the daemon's. */
export async function needFit(
  { client, ask }: Project,
  image: ImageInspectInfo,
  { name }: ReplicaSpec,
  current: ImageInspectInfo,
): Promise<void> {
  const { Os, Arch } = (await ask(client.api.version(), "ask for the daemon's version")) ?? {};
  const daemon = { os: Os ?? "", architecture: Arch ?? "" };
  const isFit = runsOn(platformOf(image), daemon, platformOf(current));
  if (isFit || Arch === undefined) return;
  const called = image.RepoTags?.[0] ?? image.Id.slice(0, 19);
  throw new AegisError(
    "ENVIRONMENT",
    `${name} cannot run the image ${called}: it is for ${image.Os}/${image.Architecture}, and the daemon runs ${Os}/${Arch}`,
    { hint: `docker pull --platform ${Os}/${Arch} IMAGE, or build it for that platform` },
  );
}

function platformOf({ Os, Architecture }: ImageInspectInfo) {
  return { os: Os ?? "", architecture: Architecture ?? "" };
}
