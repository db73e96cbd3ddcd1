import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { docker, dockerMissing, OF_A_TEST, removeImages, removeProject } from "./docker.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Why tests of containers are skipped; null when they run. */
    dockerMissing: string | null;
  }
}

const IMAGE = "aegis-stack";
const BUILT_FROM = ["src", "stack", "bin", "scripts", "Dockerfile", "package.json"];

/**
 * Runs once before tests of containers. Without a daemon they are skipped and it is said why, unless AEGIS_REQUIRE names
 * docker: then this throws, which fails the run. With one, the image of the stack is built when it is not there, and
 * always when Docker is required.
 */
export async function setup(project: TestProject): Promise<void> {
  const root = project.config.root;
  const required = (process.env["AEGIS_REQUIRE"] ?? "").split(",").includes("docker");
  const missing = dockerMissing();
  if (missing !== null && required) throw new Error(`AEGIS_REQUIRE=docker, but ${missing}`);
  project.provide("dockerMissing", missing);
  if (missing !== null) {
    process.stderr.write(`Tests of containers are skipped: ${missing}\n`);
    return;
  }
  if (required) await sweep();
  const made = await docker("image", "inspect", "--format", "{{.Created}}", IMAGE).catch(
    () => null,
  );
  if (made === null || required) build(root);
  else if (newest(root) > Date.parse(made)) {
    process.stderr.write(
      `The image ${IMAGE} is older than the sources: docker build --tag ${IMAGE} .\n`,
    );
  }
}

/** Projects of runs that were killed: their restart policies keep them busy for ever, and their images keep names that are not expected. */
async function sweep(): Promise<void> {
  const format = '{{.Label "com.docker.compose.project"}}';
  const having = ["ps --all", "network ls", "volume ls"].map((list) =>
    docker(...list.split(" "), "--format", format),
  );
  const projects = new Set((await Promise.all(having)).flatMap((said) => said.split("\n")));
  for (const project of projects) {
    if (project.startsWith(OF_A_TEST)) await removeProject(project);
  }
  await removeImages(OF_A_TEST);
}

function build(root: string): void {
  process.stderr.write(`building the image ${IMAGE} ...\n`);
  execFileSync("docker", ["build", "--quiet", "--tag", IMAGE, root], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** The latest modification of what goes into the image, milliseconds; tests do not. */
function newest(root: string): number {
  const paths = BUILT_FROM.map((name) => join(root, name)).flatMap((path) =>
    statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true }).map((entry) => join(path, String(entry)))
      : [path],
  );
  const times = paths
    .filter((path) => /\.(js|json|conf)$|(?<!\.test)\.ts$|Dockerfile$/.test(path))
    .map((path) => statSync(path).mtimeMs);
  return Math.max(...times);
}
