import { expect, type TestContext, test, vi } from "vitest";
import { type Person, type Running, visit } from "./aegis.ts";
import { badDay, LONG_FREEZE } from "./bad-day-scenario.ts";
import { look, nothing, residue } from "./residue.ts";

vi.setConfig({ testTimeout: 120_000 });

type Event = { readonly type: string };

const FREEZE = "{ id: freeze, do: pause, target: { replica: app1 }, at: 0s, for: 6s }";

/** A run with these steps that has got as far as its first injection. */
async function harmed(
  context: TestContext,
  steps: readonly string[],
  { up = false, compose = "" } = {},
): Promise<{ person: Person; run: Running }> {
  const person = visit(context);
  if (up) expect((await person.run("up")).code).toBe(0);
  const more = compose === "" ? [] : ["--compose", person.write("compose.yml", compose)];
  const run = person.start("chaos", "run", person.write("s.yaml", badDay(steps)), ...more);
  await run.printed(/freeze#1: pause of app1/);
  return { person, run };
}

async function killStopped(person: Person): Promise<void> {
  const { processes } = await look(person);
  const stopped = processes.filter((one) => one.stopped);
  expect(stopped).toHaveLength(1);
  for (const { pid } of stopped) process.kill(pid, "SIGKILL");
}

async function killSupervisor(person: Person): Promise<void> {
  const { processes } = await look(person);
  const [supervisor] = processes.filter(({ command }) => command.includes("supervisor.js"));
  process.kill(supervisor?.pid as number, "SIGKILL");
}

test("a target that dies while it is held is noted, judged, and the stack is as before", async (context) => {
  const { person, run } = await harmed(context, [FREEZE], { up: true });
  await killStopped(person);
  const { code, stdout } = await run.finished;
  expect(stdout).toContain("INCONCLUSIVE");
  expect(stdout).toContain("not proven: freeze#1");
  expect(code).toBe(3);
  const died = person
    .journal()
    .filter(({ type, event }) => type === "engine" && (event as Event).type === "died");
  expect(died).toHaveLength(1);
  expect(person.ledger()).toEqual([]);
  const { stdout: status } = await person.run("status", "--json");
  const { replicas } = JSON.parse(status) as { replicas: { ready: boolean }[] };
  expect(replicas.map(({ ready }) => ready)).toEqual([true, true, true, true]);
});

test("a target that dies for good while it is held is noted, started again, and the run is judged", async (context) => {
  const { person, run } = await harmed(context, [FREEZE], { compose: WITHOUT_REVIVAL });
  await killStopped(person);
  const { code, stdout } = await run.finished;
  expect(stdout).toContain("not proven: freeze#1");
  expect(code).toBe(3);
  const started = person
    .journal()
    .filter(({ type, event }) => type === "engine" && (event as Event).type === "started");
  expect(started).toMatchObject([{ event: { by: "aegis", replica: { name: "app1" } } }]);
  expect(person.ledger()).toEqual([]);
  expect(await residue(nothing(person), 1)).toBe("");
});

test("a supervisor that is killed takes its replicas along; the run says so and ends", async (context) => {
  const { person, run } = await harmed(context, [LONG_FREEZE]);
  const seen = await look(person);
  await killSupervisor(person);
  const { code, stdout } = await run.finished;
  expect(stdout).toContain("the engine was lost: the supervisor of project aegis is gone");
  expect(stdout).toContain("INCONCLUSIVE");
  expect(code).toBe(3);
  expect(person.ledger()).toEqual([]);
  expect(await residue(nothing(person), 1, seen)).toBe("");
});

test("a supervisor that was up before and is killed leaves no replica, and heal has nothing to do", async (context) => {
  const { person, run } = await harmed(context, [LONG_FREEZE], { up: true });
  const seen = await look(person);
  await killSupervisor(person);
  expect((await run.finished).code).toBe(3);
  expect(await residue(nothing(person), 1, seen)).toBe("");
  expect(await person.run("heal")).toMatchObject({ code: 0, stdout: "nothing to undo\n" });
  expect((await person.run("up")).code).toBe(0);
});

const WITHOUT_REVIVAL = `services:
  app1: &app
    image: none
    x-aegis:
      service: app
      process: { command: [node, "{package}/dist/stack/main.js", app], port: 3000, ports: { control: 3001 } }
      ready: /ready
  app2: *app
  balancer:
    image: none
    depends_on: [app1, app2]
    x-aegis:
      entry: true
      process: { command: [node, "{package}/dist/stack/main.js", balancer], port: 80 }
      ready: /-/ready
`;
