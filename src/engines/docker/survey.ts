import { release } from "node:os";
import type { AegisError } from "../../kit/errors.ts";
import type { World } from "../../kit/world.ts";
import type { Stack } from "../../model/stack.ts";
import type { SurveyEngine } from "../survey.ts";
import { connectDocker, type DockerClient, dockerProblem, statusOf } from "./client.ts";
import { declaredImages } from "./declared-images.ts";
import type { HelperPlace } from "./helper/image.ts";
import type { Answer } from "./survey/answer.ts";
import { findingsOf, lacksOf } from "./survey/findings.ts";
import { type HelperImage, surveyImage } from "./survey/image.ts";
import { NOTHING_KNOWN, readKernel } from "./survey/kernel.ts";
import { type NetworkEvidence, netemOf } from "./survey/netem.ts";
import { runProbe } from "./survey/probe.ts";
import { NETWORK_SCRIPT, PID_SCRIPT } from "./survey/scripts.ts";
import { within } from "./survey/within.ts";
import { type ComposeFacts, surveyCompose } from "./survey-compose.ts";

/** What a Docker can do for aegis. */
export interface DockerSurvey {
  readonly endpoint: string;
  readonly chosenBy: string;
  /** Its host when that is another machine. */
  readonly remote: string | null;
  readonly daemon: DaemonFacts;
  readonly compose: ComposeFacts;
  /** Is the stack more than containers that are there already? */
  readonly needsCompose: boolean;
  readonly helperImage: HelperImage;
  /** May a helper see the processes of the daemon's host? `crash` rests on it. */
  readonly pidHost: Answer;
  /** May a helper change the network of a container? */
  readonly netAdmin: Answer;
  /** Can the kernel delay and drop packets? */
  readonly netem: Answer;
}

/** What the daemon says of itself. */
export interface DaemonFacts {
  readonly version: string;
  readonly api: string;
  readonly system: string;
  readonly kernel: string;
  /** 1 or 2; null: too old to say. */
  readonly cgroup: number | null;
  readonly rootless: boolean;
  /** Are the users of containers other users of the host? */
  readonly remapped: boolean;
  readonly storage: string;
}

/** For each thing that is asked of the daemon, and for each probe. */
const LIMIT_MS = 5000;
/** Version 1 is a Python program, which takes seconds to start on a busy machine. */
const COMPOSE_LIMIT_MS = 10_000;

/** The Docker that this environment names, for `aegis doctor`. */
export const surveyDockerEngine: SurveyEngine = async (world, stack) => {
  const survey = await surveyDocker(connectDocker(world.env), world, stack);
  return { findings: findingsOf(survey), lacks: lacksOf(survey), facts: survey };
};

/**
 * Asks the daemon, and tries what it does not say of itself in short-lived containers of images that are there. Rejects
 * with ENVIRONMENT when the daemon cannot be reached, refuses us, or does not answer within `limitMs`.
 */
export async function surveyDocker(
  client: DockerClient,
  world: World,
  stack: Stack,
  limitMs = LIMIT_MS,
): Promise<DockerSurvey> {
  const { endpoint, chosenBy, remote } = client;
  const daemon = await surveyDaemon(client, world, limitMs);
  const composeLimitMs = Math.max(limitMs, COMPOSE_LIMIT_MS);
  const [compose, helperImage] = await Promise.all([
    surveyCompose(world, composeLimitMs),
    surveyImage(placeOf(client, world, stack), limitMs),
  ]);
  const image = helperImage.found;
  const [pidHost, network] = await Promise.all([
    image === null ? NO_IMAGE : probePidHost({ client, world, image, limitMs }),
    image === null ? NO_IMAGE : probeNetwork({ client, world, image, limitMs }),
  ]);
  const evidence = "admin" in network ? network : null;
  const isOurKernel = remote === null && daemon.kernel === release();
  const kernel = isOurKernel ? readKernel(daemon.kernel) : (evidence?.kernel ?? NOTHING_KNOWN);
  return {
    ...{ endpoint, chosenBy, remote, daemon, compose, helperImage, pidHost },
    needsCompose: stack.file !== null,
    netAdmin: "admin" in network ? netAdminOf(network) : network,
    netem: netemOf(evidence, kernel),
  };
}

function placeOf(client: DockerClient, world: World, stack: Stack): HelperPlace {
  return { client, world, project: stack.project, images: declaredImages(stack) };
}

const NO_IMAGE: Answer = { is: "not known", why: "no image is there to try it with" };

interface Info {
  readonly OperatingSystem: string;
  readonly KernelVersion: string;
  readonly CgroupVersion?: string;
  readonly SecurityOptions?: readonly string[] | null;
  readonly Driver: string;
}

interface Version {
  readonly Version: string;
  readonly ApiVersion: string;
}

async function surveyDaemon(
  client: DockerClient,
  world: World,
  limitMs: number,
): Promise<DaemonFacts> {
  const doing = "ask Docker what it can do";
  // The published types leave out that both take options.
  const api = client.api as unknown as Record<
    "info" | "version",
    (options: { abortSignal: AbortSignal }) => Promise<unknown>
  >;
  try {
    const [info, version] = (await within(world, limitMs, doing, (abortSignal) =>
      Promise.all([api.info({ abortSignal }), api.version({ abortSignal })]),
    )) as [Info, Version];
    const security = info.SecurityOptions ?? [];
    return {
      version: version.Version,
      api: version.ApiVersion,
      system: info.OperatingSystem,
      kernel: info.KernelVersion,
      cgroup: Number(info.CgroupVersion) || null,
      rootless: security.some((option) => option.startsWith("name=rootless")),
      remapped: security.some((option) => option.startsWith("name=userns")),
      storage: info.Driver,
    };
  } catch (thrown) {
    throw dockerProblem(thrown, client, doing);
  }
}

interface Ground {
  readonly client: DockerClient;
  readonly world: World;
  readonly image: string;
  readonly limitMs: number;
}

async function probePidHost(ground: Ground): Promise<Answer> {
  try {
    const allow = { PidMode: "host" };
    const { pid } = await runProbe<{ pid: number }>({ ...ground, allow, script: PID_SCRIPT });
    if (pid !== 1) return { is: "yes", how: "a helper has been in the host's pid namespace" };
    return { is: "no", why: "a helper that asks for it gets a namespace of its own" };
  } catch (thrown) {
    return refusal(thrown, ground);
  }
}

async function probeNetwork(ground: Ground): Promise<NetworkEvidence | Answer> {
  try {
    const allow = { CapAdd: ["NET_ADMIN"] };
    return await runProbe<NetworkEvidence>({ ...ground, allow, script: NETWORK_SCRIPT });
  } catch (thrown) {
    return refusal(thrown, ground);
  }
}

function netAdminOf({ admin }: NetworkEvidence): Answer {
  if (admin) return { is: "yes", how: "a helper has had it" };
  return { is: "no", why: "a helper that asks for it does not get it" };
}

/** A daemon, or a plugin of it, that says no has said so; when nothing was said, nothing is known. */
function refusal(thrown: unknown, { client, image }: Ground): Answer {
  const { message }: AegisError = dockerProblem(thrown, client, "try it");
  if (/executable file not found|no such file or directory/i.test(message)) {
    return { is: "not known", why: `the helper image ${image} has no node to try it with` };
  }
  const status = statusOf(thrown);
  return {
    is: status === 400 || status === 403 || status === 500 ? "no" : "not known",
    why: message,
  };
}
