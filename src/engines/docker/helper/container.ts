import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { AegisError } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";
import { type DockerClient, dockerProblem, statusOf } from "../client.ts";
import { HELPER_OF, HELPER_ROLE } from "../labels.ts";
import { ownerLabel } from "./owner.ts";
import type { TarFile } from "./tar.ts";

/** A helper container, as the API and as people know it. */
export interface HelperContainer {
  readonly id: string;
  readonly name: string;
}

/** Containers may not be called everything that projects may. */
export function helperName(role: string, project: string, id: string): string {
  return `aegis-${role}-${project.replace(/[^\w.-]/g, "-").slice(0, 60)}-${id}`;
}

/** What every helper container of a project carries: whom it works for, as what, and who made it. */
export function helperLabels(
  role: string,
  project: string,
  world: World,
): Readonly<Record<string, string>> {
  return { [HELPER_OF]: project, [HELPER_ROLE]: role, ...ownerLabel(world) };
}

/** A program of ours as the one thing that a container runs, whatever its image would run, told what to do by its stdin. */
export function toldByStdin(command: readonly string[]) {
  return {
    WorkingDir: "/",
    Entrypoint: [...command],
    Cmd: [],
    Healthcheck: { Test: ["NONE"] },
    StopSignal: "SIGTERM",
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  } satisfies Docker.ContainerCreateOptions;
}

/** The compiled scripts right in a folder, as they lie below `at` in a container. */
export function scriptsIn(directory: string, at: string): TarFile[] {
  const names = readdirSync(directory).filter((name) => /(?<!\.test)\.js$/.test(name));
  return names.map((name) => ({
    path: `${at}/${name}`,
    content: readFileSync(join(directory, name)),
  }));
}

/**
 * Its stdin, and what it prints in frames. The request that attaches has a body, which a way that splits it from its head (a proxy)
 * puts in front of the stdin: it gets a line of its own there, and our programs pass over lines that are no message.
 */
export async function attachTo(container: Docker.Container): Promise<Duplex> {
  const streams = { stream: true, stdin: true, stdout: true, stderr: true };
  const stream = (await container.attach({ ...streams, hijack: true })) as Duplex;
  stream.write("\n");
  return stream;
}

/** Resolves when it is gone, whoever removes it. */
export async function removeHelper(
  client: DockerClient,
  { id, name }: HelperContainer,
): Promise<void> {
  const container = client.api.getContainer(id);
  try {
    await container.remove({ force: true, v: true });
  } catch (thrown) {
    if (statusOf(thrown) === 404) return;
    if (statusOf(thrown) !== 409) {
      throw dockerProblem(thrown, client, `remove the helper container ${name}`);
    }
    await container.wait({ condition: "removed" }).catch(() => undefined);
  }
}

/** Why no helper could be started, with what to do about it. */
export function helperProblem(thrown: unknown, client: DockerClient, image: string): AegisError {
  const problem = dockerProblem(thrown, client, `start a helper container from ${image}`);
  if (problem.hint !== undefined) return problem;
  const hint = /bind source path/.test(problem.message)
    ? "set AEGIS_HELPER_SOCKET to where the Docker socket is on the daemon's host"
    : "set AEGIS_HELPER_IMAGE to an image that has node in it";
  return new AegisError("ENVIRONMENT", problem.message, { hint, cause: thrown });
}
