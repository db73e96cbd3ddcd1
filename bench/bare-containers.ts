import { join } from "node:path";
import { answering, type BareStack } from "./bare-stack.ts";
import { succeed } from "./command.ts";
import { findProgram } from "./machine.ts";
import { freePort } from "./nginx.ts";

/** The containers of the bundled stack, started by compose and nobody else. Throws when they do not get ready. */
export async function startBareContainers(
  packageRoot: string,
  project: string,
): Promise<BareStack> {
  const port = await freePort();
  const env = { ...process.env, AEGIS_PORT: String(port) };
  const compose = (...args: readonly string[]) =>
    succeed(
      [...composeCommand(), "-p", project, "-f", join(packageRoot, "docker-compose.yml"), ...args],
      { env },
    );
  await compose("up", "-d");
  const stop = async (): Promise<void> => {
    await compose("down");
  };
  try {
    await answering(`http://127.0.0.1:${port}/-/ready`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

/** The process of the helper container that a project's run has. */
export async function wardenPid(project: string): Promise<number> {
  const filters = [`label=aegis.project=${project}`, "label=aegis.role=warden"];
  const { stdout: ids } = await succeed([
    "docker",
    "ps",
    "--quiet",
    ...filters.flatMap((one) => ["--filter", one]),
  ]);
  const id = ids.trim().split("\n")[0] ?? "";
  const { stdout } = await succeed(["docker", "inspect", "--format", "{{.State.Pid}}", id]);
  return Number(stdout);
}

/** The compose that is installed. */
export function composeCommand(): readonly string[] {
  return findProgram("docker-compose") === null ? ["docker", "compose"] : ["docker-compose"];
}
