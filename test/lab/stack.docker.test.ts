import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { compose, docker, projectName, removeProject } from "./docker.ts";

const ROOT = join(import.meta.dirname, "../..");
const PATIENCE = { timeout: 90_000, interval: 200 };
const REPLICAS = ["app1", "app2", "app3"];

const project = projectName("plain");
const file = join(ROOT, "docker-compose.yml");
let url: string;

beforeAll(async () => {
  await compose(["-f", file, "-p", project, "up", "-d", "--no-build"], { AEGIS_PORT: "0" });
  const published = await docker("port", await container("balancer"), "80/tcp");
  url = `http://127.0.0.1:${published.split("\n")[0]?.split(":").at(-1)}/`;
  await vi.waitFor(async () => expect((await fetch(url)).status).toBe(200), PATIENCE);
});
afterAll(() => removeProject(project));

test("`docker compose up` alone: nginx answers for every replica", async () => {
  const seen = new Set<string | null>();
  await vi.waitFor(async () => {
    seen.add((await fetch(url)).headers.get("x-aegis-replica"));
    expect([...seen].sort()).toEqual(REPLICAS);
  }, PATIENCE);
});

test("Docker finds all of it healthy", async () => {
  await vi.waitFor(async () => {
    const health = [...REPLICAS, "balancer"].map((name) => inspect(name, ".State.Health.Status"));
    expect(await Promise.all(health)).toEqual(Array(4).fill("healthy"));
  }, PATIENCE);
});

test("the GETs that are on their way when replicas crash are all answered", async () => {
  const statuses: (number | string)[] = [];
  let ended = false;
  const visitors = Array.from({ length: 8 }, async () => {
    while (!ended) {
      statuses.push(await fetch(url).then(answered, String));
    }
  });
  for (const name of REPLICAS) {
    const before = statuses.length;
    await crash(name);
    await vi.waitFor(async () => {
      expect(await inspect(name, ".RestartCount .State.Running")).toBe("1 true");
      expect(statuses.length).toBeGreaterThan(before + 50);
    }, PATIENCE);
  }
  ended = true;
  await Promise.all(visitors);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
});

test("a replica is nobody special, and leaves at SIGTERM by itself", async () => {
  const id = await container("app1");
  expect(await docker("exec", id, "id", "-un")).toBe("node");
  await docker("stop", "--time", "60", id);
  expect(await inspect("app1", ".State.ExitCode")).toBe("0");
});

test("the image needs no disk of its own to write to, and holds the command", async () => {
  const inImage = ["run", "--rm", "--read-only", "--entrypoint", "node", "aegis-stack"];
  expect(await docker(...inImage, "bin/aegis.js", "--version")).toMatch(/^\d+\.\d+\.\d+$/);
});

async function answered(response: Response): Promise<number> {
  await response.arrayBuffer();
  return response.status;
}

async function container(service: string): Promise<string> {
  const labels = [`project=${project}`, `service=${service}`].flatMap((label) => [
    "--filter",
    `label=com.docker.compose.${label}`,
  ]);
  return await docker("ps", "--all", "--quiet", "--no-trunc", ...labels);
}

/** The fields of its container that a template names, with a blank between them. */
async function inspect(service: string, fields: string): Promise<string> {
  const format = fields
    .split(" ")
    .map((field) => `{{${field}}}`)
    .join(" ");
  return await docker("inspect", "--format", format, await container(service));
}

/** SIGKILL from the host's pid namespace, which is nobody's stop: the restart policy heals it. */
async function crash(service: string): Promise<void> {
  const kill = `process.kill(${await inspect(service, ".State.Pid")}, "SIGKILL")`;
  const asRoot = ["--rm", "--pid=host", "--user=0", "--entrypoint=node"];
  await docker("run", ...asRoot, "aegis-stack", "-e", kill);
}
