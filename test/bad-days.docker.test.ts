import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Person, type Running, visit } from "./aegis.ts";
import { compose, docker, projectName, projectResidue, removeProject } from "./lab/docker.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const SERVE = `require("http").createServer((_, answer) => answer.end("ok")).listen(3000);
process.on("SIGTERM", () => process.exit(0));`;
const COMPOSE = `services:
  app:
    image: node:24-bookworm-slim
    command: [node, -e, ${JSON.stringify(SERVE)}]
    restart: always
    read_only: true
    scale: 2
  front:
    image: node:24-bookworm-slim
    command: [node, -e, ${JSON.stringify(SERVE)}]
    ports: ["3000"]
`;
const PATIENCE = { timeout: 60_000, interval: 200 };

const FLAG = "/dev/shm/held";
const EXEC = `, with: { run: touch ${FLAG}, undo: rm -f ${FLAG} }`;

const scenario = (kind: string): string => `version: 1
name: held for a minute
stack: { compose: compose.yml }
traffic: { main: { url: http://front/, rate: 20/s, timeout: 3s } }
phases: { warmup: 300ms, baseline: 500ms, recovery: 1s }
steady: { checks: [main.success >= 20%] } # a busy machine is no reason not to begin
steps:
  - { id: hold, do: ${kind}, target: { service: app, pick: 1 }, at: 0s, for: 60s${kind === "exec" ? EXEC : ""} }
assert: [main.success >= 20%]
`;

/** Name and state of each container of a project, and of its helpers. */
async function containers(project: string): Promise<readonly string[]> {
  const look = (label: string): Promise<string> =>
    docker(
      "ps",
      "-a",
      "--filter",
      `label=${label}=${project}`,
      "--format",
      "{{.Names}} {{.State}}",
    );
  const seen = await Promise.all([look("com.docker.compose.project"), look("aegis.project")]);
  return seen
    .flatMap((text) => text.split("\n"))
    .filter((line) => line !== "")
    .sort();
}

/** Those of the listed containers that an `exec` has harmed. */
async function flagsIn(listed: readonly string[]): Promise<readonly string[]> {
  const seen = listed.map(async (line) => {
    const [name = ""] = line.split(" ");
    const files = await docker("exec", name, "ls", "/dev/shm");
    return files.includes("held") ? [name] : [];
  });
  return (await Promise.all(seen)).flat();
}

/** Waits until harm is done, then ends aegis as only the kernel can. */
async function killInHarm(person: Person, running: Running): Promise<void> {
  await running.printed(/hold#1: /);
  await vi.waitFor(() => expect(stagesOf(person)).toContain("applied"), PATIENCE);
  running.child.kill("SIGKILL");
  await running.finished;
}

function stagesOf(person: Person): readonly unknown[] {
  return person
    .journal()
    .filter(({ type }) => type === "injection")
    .map(({ stage }) => stage);
}

describe("kill -9 of aegis, and no further command", () => {
  const project = projectName("killed");
  const flags = ["--engine", "docker", "--project", project];
  let person: Person;
  beforeAll(async () => {
    person = new Person();
    person.write("compose.yml", COMPOSE);
    const { code, stderr } = await person.run("up", "--compose", "compose.yml", ...flags);
    expect(code, stderr).toBe(0);
  });
  afterAll(async () => {
    await removeProject(project);
    await person.leave();
  });

  test.each(["pause", "kill", "stop", "remove", "exec"])(
    "in a held %s: all is as it was",
    async (kind) => {
      const before = await containers(project);
      expect(before).toHaveLength(3);
      const run = person.start("chaos", "run", person.write("s.yaml", scenario(kind)), ...flags);
      await killInHarm(person, run);
      if (kind === "exec") expect(await flagsIn(before)).toHaveLength(1);
      await vi.waitFor(async () => expect(await containers(project)).toEqual(before), PATIENCE);
      expect(await flagsIn(before)).toEqual([]);
      const healed = await person.run("heal");
      expect(healed.code, healed.stderr).toBe(0);
      expect(await containers(project)).toEqual(before);
    },
  );

  test("in a run that had started the stack: nothing of it is left", async (context) => {
    const other = projectName("killed-own");
    context.onTestFinished(() => removeProject(other));
    const path = person.write("own.yaml", scenario("pause"));
    await killInHarm(person, person.start("chaos", "run", path, "--project", other));
    await vi.waitFor(async () => expect(await projectResidue(other)).toEqual([]), PATIENCE);
  });

  test("a second run on the project is refused, and says who has it", async () => {
    const path = person.write("s.yaml", scenario("pause"));
    const first = person.start("chaos", "run", path, ...flags);
    await first.printed(/hold#1: /);
    const second = await person.run("chaos", "run", path, ...flags);
    expect(second.code).toBe(4);
    expect(second.stderr).toMatch(/is in use by `aegis chaos run`/);
    first.child.kill("SIGINT");
    expect((await first.finished).code).toBe(130);
  });
});

describe("without a daemon that answers us", () => {
  test.each([
    ["unix:///nowhere/docker.sock", /unix:\/\/\/nowhere\/docker\.sock/],
    ["tcp://127.0.0.1:1", /127\.0\.0\.1:1/],
  ])("%s: exit 4, what was tried, and what to do", async (url, named) => {
    const person = new Person({ env: { DOCKER_HOST: url } });
    const { code, stderr } = await person.run("up", "--engine", "docker");
    await person.leave();
    expect(code, stderr).toBe(4);
    expect(stderr).toMatch(named);
    expect(stderr).toMatch(/start Docker|DOCKER_HOST/i);
  });

  // Only root can be somebody else.
  test.runIf(process.getuid?.() === 0)(
    "a user without leave is told of the group",
    async (context) => {
      const { code, stderr } = await visit(context, { uid: 65_534 }).run(
        "up",
        "--engine",
        "docker",
      );
      expect(code, stderr).toBe(4);
      expect(stderr).toMatch(/permission denied/i);
      expect(stderr).toMatch(/group/);
    },
  );
});

test("an image that is nowhere: exit 4 with what to try, and nothing is left", async (context) => {
  const person = visit(context);
  const project = projectName("no-image");
  context.onTestFinished(() => removeProject(project));
  const file = person.write("compose.yml", "services: { web: { image: aegis-test/nowhere:1 } }\n");
  const { code, stderr } = await person.run("up", "--compose", file, "--project", project);
  expect(code, stderr).toBe(4);
  expect(stderr).toMatch(/aegis-test\/nowhere:1/);
  expect(stderr).toMatch(/docker pull/);
  expect(await projectResidue(project)).toEqual([]);
  expect(await compose(["-p", project, "-f", file, "ps", "-q"])).toBe("");
});
