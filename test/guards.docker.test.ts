import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Person } from "./aegis.ts";
import { compose, docker, projectName, removeProject } from "./lab/docker.ts";
import { openGate } from "./lab/gate.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** What strangers call things. */
const PROJECT = `7odd_${projectName("guards")}`;
const SERVE = `require("http").createServer((_, answer) => answer.end("ok")).listen(3000);
process.on("SIGTERM", () => process.exit(0));`;
const COMPOSE = `services:
  app: &app
    image: node:24-bookworm-slim
    command: [node, -e, ${JSON.stringify(SERVE)}]
    restart: always
    volumes: [/data]
  front:
    image: node:24-bookworm-slim
    command: [node, -e, ${JSON.stringify(SERVE)}]
    ports: ["3000"]
`;

function scenario(step: string): string {
  return `version: 1
name: a stack of somebody else
stack: { compose: compose.yml, project: ${PROJECT} }
traffic: { main: { url: http://front/, rate: 20/s, timeout: 3s } }
phases: { warmup: 300ms, baseline: 1s, recovery: 1s }
steady: { checks: [main.success >= 20%] } # a busy machine is no reason not to begin
steps:
  - ${step}
assert: [main.success >= 20%]
`;
}

const FREEZE = "{ id: freeze, do: pause, target: { service: app }, at: 0s, for: 2s }";
const LONG = "{ id: freeze, do: pause, target: { service: app }, at: 0s, for: 60s }";
const REMOVE = "{ id: gone, do: remove, target: { service: app }, at: 0s, for: 1s }";
const ALLOW = ["--allow", PROJECT];

const PATIENCE = { timeout: 60_000, interval: 50 };

let person: Person;
let file: string;
beforeAll(() => {
  person = new Person();
  file = person.write("compose.yml", COMPOSE);
});
afterAll(async () => {
  const helpers = await docker("ps", "-aq", "--filter", `label=aegis.project=${PROJECT}`);
  if (helpers !== "") await docker("rm", "--force", ...helpers.split("\n"));
  await removeProject(PROJECT);
  await person.leave();
});

const byHand = (...args: readonly string[]): Promise<string> =>
  compose(["-p", PROJECT, "-f", file, ...args]);
const aegis = (...args: readonly string[]) => person.run(...args, "--project", PROJECT);
const run = (step: string, ...args: readonly string[]) =>
  person.run("chaos", "run", person.write("s.yaml", scenario(step)), ...args);

/** Name, id and state of each container, helpers and all. */
async function containers(): Promise<readonly string[]> {
  const of = (label: string): Promise<string> =>
    docker(
      "ps",
      "-a",
      "--filter",
      `label=${label}=${PROJECT}`,
      "--format",
      "{{.Names}} {{.ID}} {{.State}}",
    );
  const [own, helpers] = await Promise.all([of("com.docker.compose.project"), of("aegis.project")]);
  return `${own}\n${helpers}`
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}

test("a project that aegis did not start is not taken down, and not harmed without leave", async () => {
  await byHand("up", "-d");
  const before = await containers();
  expect(before).toHaveLength(2);
  const down = await aegis("down");
  expect(down.stderr).toContain(`aegis did not start project ${PROJECT}`);
  expect(down.stderr).toContain(`docker compose -p ${PROJECT} down`);
  expect(down.code).toBe(4);
  const refused = await run(FREEZE);
  expect(refused.stderr).toContain(`aegis chaos run ${person.cwd}/s.yaml --allow ${PROJECT}`);
  expect(refused.code).toBe(2);
  const monkey = await aegis("chaos", "monkey", "--service", "app");
  expect(monkey.code).toBe(2);
  expect((await aegis("status")).code).toBe(0);
  expect(await containers()).toEqual(before);
});

test("up starts nothing of it that runs, and does not make it ours", async () => {
  const before = await containers();
  const up = await aegis("up");
  expect(up.stdout).toContain("was started by somebody else: aegis leaves it up");
  expect(up.code).toBe(0);
  expect((await aegis("down")).code).toBe(4);
  expect(await containers()).toEqual(before);
});

test("with leave it is harmed, and is as it was afterwards", async () => {
  const before = await containers();
  const { code, stdout } = await run(FREEZE, ...ALLOW);
  expect(stdout).toContain("freeze: pause of app, proven");
  expect(code).toBe(0);
  expect(await containers()).toEqual(before);
});

test("a removal that would lose an anonymous volume is refused before anything is touched, unless the step says so", async () => {
  const before = await containers();
  const { code, stderr } = await run(REMOVE, ...ALLOW);
  expect(stderr).toContain("remove of app would destroy anonymous volume at /data");
  expect(stderr).toContain("irreversible: true");
  expect(code).toBe(4);
  expect(await containers()).toEqual(before);
  const said = await run(REMOVE.replace(" }", " }, irreversible: true"), ...ALLOW);
  expect(said.stdout).toContain("gone: remove of app, proven");
  expect(said.code).toBe(0);
  expect((await containers()).map((line) => line.split(" ")[2])).toEqual(["running", "running"]);
});

test("a container that somebody removes during the fault is told; nothing is left to undo", async () => {
  const step = LONG.replace("60s", "4s");
  const running = person.start("chaos", "run", person.write("s.yaml", scenario(step)), ...ALLOW);
  await running.printed(/freeze#1: pause of app/);
  const [app = ""] = (await containers()).filter((line) => line.includes("app"));
  await docker("rm", "--force", "--volumes", app.split(" ")[0] as string);
  const { code, stdout } = await running.finished;
  expect(stdout).toMatch(/app was removed .* into the run, and not by aegis/);
  expect(stdout).toContain("INCONCLUSIVE");
  expect(code).toBe(3);
  expect(person.ledger()).toEqual([]);
  await byHand("up", "-d");
});

test("a daemon that is away in the middle of a run: all is undone when it is back, and the run is inconclusive", async () => {
  const gate = await openGate(join(person.home, "docker.sock"));
  const far = new Person({ env: { DOCKER_HOST: gate.url } });
  try {
    const before = await containers();
    far.write("compose.yml", COMPOSE);
    const running = far.start("chaos", "run", far.write("s.yaml", scenario(LONG)), ...ALLOW);
    await running.printed(/freeze#1: pause of app/);
    expect((await containers()).join("\n")).toContain("paused");
    gate.shut();
    setTimeout(gate.open, 3000);
    const { code, stdout, stderr } = await running.finished;
    expect(stdout, stderr).toContain("the engine was lost");
    expect(stdout).toContain("INCONCLUSIVE");
    expect(code, stdout).toBe(3);
    expect(far.ledger()).toEqual([]);
    await vi.waitFor(async () => expect(await containers()).toEqual(before), { timeout: 30_000 });
  } finally {
    await far.leave();
    await gate.close();
  }
});

test("what somebody else has stopped is not ours to start, and what is made anew is not ours to take down", async () => {
  await byHand("stop");
  const stopped = await run(FREEZE, ...ALLOW);
  expect(stopped.stderr).toContain("is stopped, and aegis did not start it");
  expect(stopped.code).toBe(4);
  await byHand("down", "-v");
  const own = ["--compose", file];
  expect((await aegis("up", ...own)).code).toBe(0);
  expect((await run(FREEZE)).code).toBe(0);
  await byHand("down", "-v");
  await byHand("up", "-d");
  expect((await aegis("down", ...own)).code).toBe(4);
  await byHand("down", "-v");
  expect((await aegis("up", ...own)).code).toBe(0);
  expect((await aegis("down", ...own)).stdout).toBe(`${PROJECT} is down\n`);
  expect(await containers()).toEqual([]);
});

test("an up that was killed leaves what is ours to take down, and nothing that is made anew since", async () => {
  const own = ["--compose", file];
  const killed = async (): Promise<void> => {
    const up = person.start("up", ...own, "--project", PROJECT);
    await vi.waitFor(async () => expect(await containers()).not.toEqual([]), PATIENCE);
    up.child.kill("SIGKILL");
    await up.finished;
    // Compose goes on by itself.
    const states = async () => (await containers()).map((line) => line.split(" ")[2]);
    await vi.waitFor(async () => expect(await states()).toEqual(["running", "running"]), PATIENCE);
  };
  await killed();
  const down = await aegis("down", ...own);
  expect(down.stdout, down.stderr).toBe(`${PROJECT} is down\n`);
  await killed();
  await byHand("down", "-v");
  await byHand("up", "-d");
  expect((await aegis("down", ...own)).code).toBe(4);
  await byHand("down", "-v");
});

test("a stopped container of a service that our file does not have makes the project somebody else's: it is never removed", async () => {
  const passer = new Person();
  const project = projectName("guards-undeclared");
  const theirs = passer.write(
    "theirs.yml",
    "services: { db: { image: node:24-bookworm-slim, command: sleep 1000, init: true, volumes: [/data] } }\n",
  );
  passer.write("compose.yml", COMPOSE);
  const s = passer.write("s.yaml", scenario(FREEZE).replaceAll(PROJECT, project));
  const database = (): Promise<string> => compose(["-p", project, "-f", theirs, "ps", "-aq", "db"]);
  try {
    await compose(["-p", project, "-f", theirs, "up", "-d"]);
    await compose(["-p", project, "-f", theirs, "stop", "-t", "1"]);
    const before = await database();
    expect(before).not.toBe("");
    const refused = await passer.run("chaos", "run", s);
    expect(refused.stderr).toContain(`aegis did not start project ${project}`);
    expect(refused.code).toBe(2);
    const allowed = await passer.run("chaos", "run", s, "--allow", project);
    expect(allowed.stderr).toContain("is stopped, and aegis did not start it");
    expect(allowed.code).toBe(4);
    const on = ["--compose", "compose.yml", "--project", project];
    expect((await passer.run("down", ...on)).code).toBe(4);
    expect((await passer.run("up", ...on)).stdout).toContain("was started by somebody else");
    expect((await passer.run("down", ...on)).code).toBe(4);
    expect(await database()).toBe(before);
  } finally {
    await removeProject(project);
    await passer.leave();
  }
});

test("a run of somebody whom our lock does not keep out goes on undisturbed: up, down, heal and runs say who has the project", async () => {
  const guest = new Person();
  const own = ["--compose", file];
  try {
    expect((await aegis("up", ...own)).code).toBe(0);
    guest.write("compose.yml", COMPOSE);
    const s = guest.write("s.yaml", scenario(LONG));
    const running = guest.start("chaos", "run", s, ...ALLOW);
    await running.printed(/freeze#1: pause of app/);
    const before = await containers();
    const user = `in use by pid ${running.pid} on `;
    for (const refused of [
      await run(FREEZE),
      await aegis("up", ...own),
      await aegis("down", ...own),
    ]) {
      expect(refused.stderr).toContain(user);
      expect(refused.code).toBe(4);
    }
    const heal = await person.run("heal");
    expect(heal.stderr).toContain(user);
    expect(heal.code).toBe(0);
    expect(await containers()).toEqual(before);
    running.child.kill("SIGINT");
    const { code, stdout } = await running.finished;
    expect(stdout).not.toContain("the engine was lost");
    expect(code, stdout).toBe(130);
    expect((await aegis("down", ...own)).stdout).toBe(`${PROJECT} is down\n`);
  } finally {
    await guest.leave();
  }
});

test.each([
  ["killed", "kill"],
  ["removed", "remove"],
])("a project whose only replica is %s has it back when the step ends", async (_, kind) => {
  const alone = new Person();
  const project = `${PROJECT}-alone`;
  const single = COMPOSE.replace(/ {2}front:[\s\S]*/, "").replace("    restart: always\n", "");
  const step = `{ id: last, do: ${kind}, target: { replica: app }, at: 0s, for: 1s, irreversible: true }`;
  const text = scenario(step)
    .replaceAll(PROJECT, project)
    .replace("http://front/", "http://127.0.0.1:9/")
    .replaceAll("success >= 20%", "success >= 0%");
  try {
    const on = ["-p", project, "-f", alone.write("compose.yml", single)];
    await compose([...on, "up", "-d"]);
    const { code, stdout } = await alone.start(
      ...["chaos", "run", alone.write("s.yaml", text), "--allow", project],
    ).finished;
    expect(stdout).toContain(`last: ${kind} of app, proven`);
    expect(stdout).not.toContain("left behind");
    expect(code).toBe(0);
    const started = alone
      .journal()
      .map(({ event }) => event as { readonly type: string; readonly by: string } | undefined)
      .filter((event) => event?.type === "started");
    expect(started.map((event) => event?.by)).toEqual(["aegis"]);
  } finally {
    await removeProject(project);
    await alone.leave();
  }
});
