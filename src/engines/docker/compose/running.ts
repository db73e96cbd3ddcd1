import { AegisError } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";
import type { ImageFacts } from "../../../model/stack.ts";
import { called } from "./called.ts";
import type { Inspected } from "./inspected.ts";
import { hintFor, saidBy } from "./messages.ts";
import { healthcheckOf, LABEL, tcpPorts } from "./running-stack.ts";

/** A daemon that answers does so at once. */
const ASKING = { limitMs: 20_000 } as const;

/** The containers of a project, also those that have exited, as `docker inspect` shows them. Empty when there is none. Throws ENVIRONMENT. */
export function inspectProject(world: World, project: string): readonly Inspected[] {
  const label = `label=${LABEL.project}=${project}`;
  const ids = lines(docker(world, ["ps", "--all", "--quiet", "--no-trunc", "--filter", label]));
  if (ids.length === 0) return [];
  // One that goes away meanwhile is told on stderr, and the others are printed all the same.
  const { stdout } = called(world, "docker", ["inspect", "--type", "container", ...ids], ASKING);
  const containers = JSON.parse(stdout || "[]") as Inspected[];
  return containers.filter(({ Config }) => Config.Labels?.[LABEL.project] === project);
}

/** Names of the compose projects that have containers. Throws ENVIRONMENT. */
export function projectsOf(world: World): readonly string[] {
  const format = `{{.Label "${LABEL.project}"}}`;
  const args = ["ps", "--all", "--filter", `label=${LABEL.project}`, "--format", format];
  return [...new Set(lines(docker(world, args)))].sort();
}

/** The numbers of a project's containers, ascending, by compose service. None without a daemon or the docker command: then nothing of it is known to be there. */
export function numbersOf(world: World, project: string): ReadonlyMap<string, readonly number[]> {
  const labels = [LABEL.service, LABEL.number, LABEL.oneoff].map((name) => `{{.Label "${name}"}}`);
  const filter = `label=${LABEL.project}=${project}`;
  const args = ["ps", "--all", "--filter", filter, "--format", labels.join("\t")];
  const { status, stdout } = called(world, "docker", args, ASKING);
  const found = new Map<string, Set<number>>();
  for (const line of status === 0 ? lines(stdout) : []) {
    const [service = "", number = "", oneoff] = line.split("\t");
    if (service === "" || !(Number(number) > 0) || oneoff === "True") continue;
    found.set(service, (found.get(service) ?? new Set()).add(Number(number)));
  }
  const ascending = (numbers: Set<number>): number[] => [...numbers].sort((a, b) => a - b);
  return new Map([...found].map(([service, numbers]) => [service, ascending(numbers)]));
}

/** What these images say of themselves, by the names given; those that are not here are left out. Throws ENVIRONMENT without the docker command. */
export function inspectImages(
  world: World,
  images: readonly string[],
): ReadonlyMap<string, ImageFacts> {
  const here = new Map<string, ImageFacts>();
  if (images.length === 0) return here;
  // Names that are not here are told on stderr, and the others are printed all the same.
  const { stdout } = called(world, "docker", ["image", "inspect", ...images], ASKING);
  for (const image of JSON.parse(stdout || "[]") as InspectedImage[]) {
    for (const name of images) {
      const tags = [...(image.RepoTags ?? []), ...(image.RepoDigests ?? []), image.Id];
      if (tags.includes(name) || tags.includes(`${name}:latest`))
        here.set(name, factsOf(image.Config ?? {}));
    }
  }
  return here;
}

interface InspectedImage {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
  readonly Config: InheritedConfig | null;
}

type InheritedConfig = Pick<Inspected["Config"], "ExposedPorts" | "Healthcheck">;

function factsOf({ Healthcheck, ExposedPorts }: InheritedConfig): ImageFacts {
  return { healthcheck: healthcheckOf(Healthcheck), ports: tcpPorts(ExposedPorts ?? {}) };
}

function docker(world: World, args: readonly string[]): string {
  const { status, stdout, stderr } = called(world, "docker", args, ASKING);
  if (status === 0) return stdout;
  const said = saidBy(stderr) || "it does not say why";
  if (/ENOENT/.test(said)) {
    throw new AegisError("ENVIRONMENT", "the docker command is not here to find what runs", {
      hint: "Install it, or give the compose file with --compose.",
    });
  }
  const hint = hintFor(said, "");
  throw new AegisError(
    "ENVIRONMENT",
    `docker ${args[0]} failed: ${said}`,
    hint === undefined ? {} : { hint },
  );
}

function lines(text: string): string[] {
  return text.split("\n").filter(Boolean);
}
