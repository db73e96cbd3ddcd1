import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, onTestFinished, test } from "vitest";
import { compose, docker, projectName, removeProject } from "../../../../test/lab/docker.ts";
import { AegisError } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";
import type { ReplicaSpec, Stack } from "../../../model/stack.ts";
import { createComposeCli } from "./cli.ts";
import { composeReader } from "./reader.ts";

const directory = mkdtempSync(join(tmpdir(), "aegis-compose-"));
const file = join(directory, "compose.yml");
const world = { env: { ...process.env }, cwd: directory } as unknown as World;
const projects: string[] = [];

afterEach(async () => {
  for (const project of projects.splice(0)) await removeProject(project);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Of `web`, as many as there shall be, and of `db` one: all that compose is told of. */
function stackOf(text: string, web = 1): Stack {
  writeFileSync(file, text);
  const project = projectName("compose");
  projects.push(project);
  const spec = (service: string, number: number) =>
    ({ container: { service, number, image: null, port: null } }) as ReplicaSpec;
  const replicas = Array.from({ length: web }, (_, index) => spec("web", index + 1));
  return { project, file, directory, profiles: [], replicas: [...replicas, spec("db", 1)] };
}

/** What a build that was cut short leaves of the step it was at: the daemon plays that to its end. */
async function removeContainersOf(step: string): Promise<void> {
  const all = await docker("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Command}}");
  const ids = all.split("\n").filter((line) => line.includes(step));
  for (const line of ids) await docker("rm", "--force", line.slice(0, 12));
}

async function namesIn({ project }: Stack): Promise<string[]> {
  const format = '{{.Label "com.docker.compose.service"}}';
  const filter = `label=com.docker.compose.project=${project}`;
  return (await docker("ps", "--filter", filter, "--format", format)).split("\n").sort();
}

const IDLE = "{ image: 'redis:7-alpine', init: true, command: [sleep, inf] }";

describe("compose, for a whole project", () => {
  test("makes as many as declared, puts one back without touching the others", async () => {
    const web =
      "{ image: 'redis:7-alpine', init: true, command: [sleep, inf], deploy: { replicas: 2 } }";
    const stack = stackOf(`version: "3"\nservices: { web: ${web}, db: ${IDLE} }`, 2);
    const cli = await createComposeCli(world);
    await cli.up(stack);
    expect(await namesIn(stack)).toEqual(["db", "web", "web"]);
    const filter = `label=com.docker.compose.project=${stack.project}`;
    const before = await docker("ps", "--quiet", "--filter", filter);
    const [one = ""] = (
      await docker(
        "ps",
        "--quiet",
        "--filter",
        filter,
        "--filter",
        "label=com.docker.compose.service=web",
      )
    ).split("\n");
    await docker("rm", "--force", one);
    await cli.up(stack, { services: ["web"] });
    expect(await namesIn(stack)).toEqual(["db", "web", "web"]);
    const after = (await docker("ps", "--quiet", "--filter", filter)).split("\n");
    const kept = before.split("\n").filter((id) => id !== one);
    expect(after).toEqual(expect.arrayContaining(kept));
    expect(after).not.toContain(one);
  });

  test("a port that is taken is told in Docker's own words, with the port", async () => {
    const taken = stackOf(
      `services: { web: { image: 'redis:7-alpine', ports: ["6379"] }, db: ${IDLE} }`,
    );
    const cli = await createComposeCli(world);
    await cli.up(taken);
    const filter = `label=com.docker.compose.project=${taken.project}`;
    const id = await docker(
      "ps",
      "--quiet",
      "--filter",
      `${filter}`,
      "--filter",
      "label=com.docker.compose.service=web",
    );
    const port = /:(\d+)$/m.exec(await docker("port", id, "6379"))?.[1] ?? "";
    const late = stackOf(
      `services: { web: { image: 'redis:7-alpine', ports: ["${port}:6379"] }, db: ${IDLE} }`,
    );
    const failed = cli.up(late);
    await expect(failed).rejects.toThrow(AegisError);
    await expect(failed).rejects.toMatchObject({ code: "ENVIRONMENT" });
    await expect(failed).rejects.toThrow(port);
    await expect(failed).rejects.toThrow(/already allocated|address already in use/);
  });

  test("an image that is nowhere is told with what to try", async () => {
    const stack = stackOf(`services: { web: { image: "localhost:9/nowhere:1" }, db: ${IDLE} }`);
    await expect((await createComposeCli(world)).up(stack)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("localhost:9"),
      hint: expect.stringMatching(/docker pull localhost:9\/nowhere:1\n.*build/),
    });
  });

  test("it is ended when the signal aborts", async () => {
    const stack = stackOf(`services: { web: { build: . }, db: ${IDLE} }`);
    const step = `sleep 60 && false # ${stack.project}`;
    writeFileSync(join(directory, "Dockerfile"), `FROM redis:7-alpine\nRUN ${step}\n`);
    onTestFinished(() => removeContainersOf(step));
    const cli = await createComposeCli(world);
    const began = performance.now();
    await expect(cli.up(stack, { signal: AbortSignal.timeout(3000) })).rejects.toThrow("cut short");
    expect(performance.now() - began).toBeLessThan(45_000);
  });
});

describe("what is there is read", () => {
  test("a project whose name begins with a digit and has all that a name may have", async () => {
    const project = `1_${projectName("a--b")}`;
    projects.push(project);
    writeFileSync(
      file,
      `services: { web: { image: 'redis:7-alpine', ports: ["6379"], restart: always }, db: ${IDLE} }`,
    );
    await compose(["--file", file, "--project-name", project, "up", "--detach", "--scale", "db=2"]);
    expect(composeReader.projects(world)).toContain(project);
    const know = () => ({ file: null, directory, told: (_: string, spec: ReplicaSpec) => spec });
    const stack = composeReader.running(world, project, (origin) => {
      expect(origin.directory).toBe(directory);
      return know();
    });
    expect(stack?.replicas.map(({ name }) => name)).toEqual(["db-1", "db-2", "web"]);
    expect(stack?.replicas[2]).toMatchObject({
      restart: { mode: "always" },
      ports: [{ host: 0, container: 6379 }],
    });
    expect(composeReader.running(world, `${project}x`, know)).toBeNull();
  });

  test("images that are here, by any of their names", () => {
    const images = composeReader.images(world, ["redis:7-alpine", "nowhere:1"]);
    expect([...images.keys()]).toEqual(["redis:7-alpine"]);
    expect(images.get("redis:7-alpine")?.ports).toEqual([6379]);
  });

  test("what compose refuses, in its words; what it accepts, whatever it is", () => {
    writeFileSync(file, "services: { web: { imag: x } }");
    const choice = { project: null, files: [file], directory, profiles: [] };
    expect(composeReader.config(world, choice)).toMatchObject({
      refused: expect.stringContaining("imag"),
    });
    mkdirSync(join(directory, "part"), { recursive: true });
    writeFileSync(join(directory, "part", "base.yml"), "services: { b: { image: 'x:1' } }");
    writeFileSync(file, "services: { web: { extends: { file: part/base.yml, service: b } } }");
    expect(composeReader.config(world, choice)).toMatchObject({
      text: expect.stringContaining("x:1"),
    });
  });

  test("a name that compose would change is refused, not changed", () => {
    writeFileSync(file, `services: { db: ${IDLE} }`);
    const project = { project: "My Shop", files: [file], directory, profiles: [] };
    const read = () => {
      const config = composeReader.config(world, project);
      if ("refused" in config) throw new AegisError("INVALID_INPUT", config.refused);
    };
    expect(read).toThrow(/name/);
  });

  test("without a daemon, that is said", () => {
    const env = { ...process.env, DOCKER_HOST: "unix:///nowhere/docker.sock" };
    const away = { env, cwd: directory } as unknown as World;
    expect(() => composeReader.projects(away)).toThrow(/docker daemon/i);
  });
});
