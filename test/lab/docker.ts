import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";

const run = promisify(execFile);
const MOST_OUTPUT = 64 * 1024 * 1024;

/** Runs the docker command and gives what it printed, trimmed; rejects with what it printed as its error. */
export async function docker(...args: readonly string[]): Promise<string> {
  return (await run("docker", args, { maxBuffer: MOST_OUTPUT })).stdout.trim();
}

/** How the names of tests' projects begin. */
export const OF_A_TEST = "aegis-test-";

/** A name for a compose project that no other test uses. */
export function projectName(purpose: string): string {
  return `${OF_A_TEST}${purpose}-${randomBytes(4).toString("hex")}`;
}

/** Runs `docker compose`, or `docker-compose` where there is no other; `env` on top of the test's own. */
export async function compose(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [command, ...first] = composeCommand();
  const options = { env: { ...process.env, ...env }, maxBuffer: MOST_OUTPUT };
  return (await run(command, [...first, ...args], options)).stdout.trim();
}

/** Removes all that has the labels of that project: containers in any state, and helpers, networks, volumes. */
export async function removeProject(project: string): Promise<void> {
  const filter = ["--filter", `label=com.docker.compose.project=${project}`];
  const helpers = await docker(
    "ps",
    "--all",
    "--quiet",
    "--filter",
    `label=aegis.project=${project}`,
  );
  const own = await docker("ps", "--all", "--quiet", ...filter);
  const containers = [...new Set([...lines(helpers), ...lines(own)])];
  if (containers.length > 0) await docker("rm", "--force", "--volumes", ...containers);
  for (const kind of ["network", "volume"]) {
    const found = lines(await docker(kind, "ls", "--quiet", ...filter));
    if (found.length > 0) await docker(kind, "rm", ...found);
  }
}

/** Removes the images whose names begin so. */
export async function removeImages(beginning: string): Promise<void> {
  const all = lines(await docker("images", "--format", "{{.Repository}}:{{.Tag}}"));
  const its = all.filter((name) => name.startsWith(beginning));
  if (its.length > 0) await docker("rmi", ...its);
}

/** What there is of a project: its containers and helpers, networks and volumes, by name. */
export async function projectResidue(project: string): Promise<readonly string[]> {
  const ours = ["--filter", `label=com.docker.compose.project=${project}`];
  const helpers = ["--filter", `label=aegis.project=${project}`];
  const found = await Promise.all([
    docker("ps", "--all", "--format", "container {{.Names}}", ...ours),
    docker("ps", "--all", "--format", "helper {{.Names}}", ...helpers),
    docker("network", "ls", "--format", "network {{.Name}}", ...ours),
    docker("volume", "ls", "--format", "volume {{.Name}}", ...ours),
  ]);
  return found.flatMap(lines);
}

/** Why there is no Docker for tests; null when a daemon answers. */
export function dockerMissing(): string | null {
  try {
    execFileSync("docker", ["version", "--format", "{{.Server.Version}}"], {
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 15_000,
    });
    return null;
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { readonly stderr?: Buffer };
    if (code === "ENOENT") return "there is no docker command";
    return lines(String(stderr ?? "")).at(-1) ?? "the Docker daemon does not answer";
  }
}

let known: readonly [string, ...string[]] | undefined;

function composeCommand(): readonly [string, ...string[]] {
  known ??= works("docker", "compose", "version") ? ["docker", "compose"] : ["docker-compose"];
  return known;
}

function works(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
