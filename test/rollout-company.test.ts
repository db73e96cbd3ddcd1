import { expect, type TestContext, test, vi } from "vitest";
import { type Person, visit } from "./aegis.ts";
import { nothing, residue } from "./residue.ts";
import {
  inCompany,
  instanceOf,
  quickStack,
  replicasOf,
  rolloutStep,
  versionsOf,
} from "./rollout-stack.ts";

vi.setConfig({ maxConcurrency: 2, testTimeout: 240_000 });

const ON = ["--compose", "compose.yml"];
const scenario = (steps: readonly string[], assertions: readonly string[]): string =>
  `${inCompany(steps, assertions)}stack: { compose: compose.yml }\n`;
const SLOWLY = "gate: ready, min-in-service: 3s";

async function withStack(context: TestContext): Promise<Person> {
  const person = visit(context);
  person.write("compose.yml", quickStack());
  const { code, stderr } = await person.run("up", ...ON);
  expect(code, stderr).toBe(0);
  return person;
}

async function leavesNothing(person: Person): Promise<void> {
  expect(person.ledger()).toEqual([]);
  expect((await person.run("down", ...ON)).code).toBe(0);
  expect(await residue(nothing(person), 1)).toBe("");
}

/** Names of the replicas that a step was done to, in its order. */
function targetsOf(person: Person, step: string): readonly (string | undefined)[] {
  return person
    .journal()
    .filter(
      ({ type, step: of, stage }) => type === "injection" && of === step && stage === "applied",
    )
    .map(({ target }) => (target as { readonly name: string } | null)?.name);
}

test.concurrent("another replica crashes during a rollout: it waits for it, completes, and two serve at every moment", async (context) => {
  const person = await withStack(context);
  const steps = [
    rolloutStep(SLOWLY),
    "{ id: hit, do: crash, target: { replica: app3 }, at: 1500ms }",
    "{ id: again, do: crash, target: { replica: app1 }, at: 8s }",
  ];
  const holds = [
    "outcome of update == completed",
    "app.version == v2",
    "app.ready >= 2 throughout",
    "main.failed == 0",
    "recovery of every step <= 20s",
  ];
  const run = await person.run("chaos", "run", person.write("s.yaml", scenario(steps, holds)));
  expect(run.code, run.stdout + run.stderr).toBe(0);
  expect(versionsOf(await replicasOf(person, ON))).toBe("v2 v2 v2");
  await leavesNothing(person);
});

test.concurrent("a crash does not choose the replica that is being moved", async (context) => {
  const person = await withStack(context);
  const steps = [
    rolloutStep("gate: ready, min-in-service: 6s", "replica: app1"),
    "{ id: hit, do: crash, target: { service: app, pick: 1, only: ready }, at: 500ms, repeat: { every: 1s, times: 5 } }",
  ];
  const holds = ["outcome of update == completed", "app1.version == v2"];
  const run = await person.run("chaos", "run", person.write("s.yaml", scenario(steps, holds)));
  expect(run.code, run.stdout + run.stderr).toBe(0);
  const hit = targetsOf(person, "hit");
  expect(hit.length).toBeGreaterThanOrEqual(2);
  expect(hit).not.toContain("app1");
  await leavesNothing(person);
});

test.concurrent.for(["surge", "in-place"])(
  "a new replica that somebody kills has died: the rollout is taken back (%s)",
  async (strategy, context) => {
    const person = await withStack(context);
    const before = await replicasOf(person, ON);
    const steps = [
      rolloutStep(`strategy: ${strategy}, gate: ready, min-in-service: 20s`, "replica: app1"),
    ];
    const holds = ["outcome of update == rolled-back", "reason of update == died"];
    const path = person.write("s.yaml", scenario(steps, holds));
    const run = person.start("chaos", "run", path);
    await run.printed(/the new app1 is ready/);
    const replicas = await replicasOf(person, ON);
    const newcomer = instanceOf(replicas, strategy === "surge" ? "app1+" : "app1");
    expect(newcomer).not.toBeNull();
    process.kill(Number(newcomer), "SIGKILL");
    const { code, stdout } = await run.finished;
    expect(code, stdout).toBe(0);
    const now = await replicasOf(person, ON);
    expect(versionsOf(now)).toBe("v1 v1 v1");
    for (const name of strategy === "surge" ? ["app1", "app2", "app3"] : ["app2", "app3"]) {
      expect(instanceOf(now, name)).toBe(instanceOf(before, name));
    }
    await leavesNothing(person);
  },
);

test.concurrent("a monkey and a rollout of the same service in one scenario: it completes, and nobody is left behind", async (context) => {
  const person = await withStack(context);
  const holds = [
    "outcome of update == completed",
    "app.version == v2",
    "app.ready >= 1 throughout",
    "recovery of every step <= 20s",
  ];
  const monkey = "{ service: app, kinds: [crash], every: 2s, jitter: 500ms, for: 7s, only: ready }";
  const text = `${scenario([rolloutStep("gate: ready, min-in-service: 1s")], holds)}monkey: ${monkey}\nlimits: { down: 1 }\n`;
  const run = await person.run("chaos", "run", person.write("s.yaml", text));
  expect(run.code, run.stdout + run.stderr).toBe(0);
  expect(versionsOf(await replicasOf(person, ON))).toBe("v2 v2 v2");
  expect(targetsOf(person, "monkey").length).toBeGreaterThanOrEqual(2);
  await leavesNothing(person);
});

test.concurrent.for([
  ["pause", /app\d does not run \(it is paused\)/],
  ["restart", /in use by `aegis chaos monkey` \(pid \d+/],
] as const)(
  "a rollout by hand while a monkey (%s) plays is refused, and nothing is moved",
  async ([kind, says], context) => {
    const person = await withStack(context);
    const often = ["--every", "60s", "--hold", "60s", "--kinds", kind];
    const monkey = person.start("chaos", "monkey", ...often, ...ON);
    await monkey.printed(new RegExp(`monkey#1: ${kind} of app`));
    await vi.waitFor(async () => {
      const { code, stderr } = await person.run("rollout", "app", "--to", "v2", ...ON);
      expect(code, stderr).toBe(4);
      expect(stderr).toMatch(says);
    }, 20_000);
    monkey.child.kill("SIGINT");
    await monkey.finished;
    expect(versionsOf(await replicasOf(person, ON))).toBe("v1 v1 v1");
    await leavesNothing(person);
  },
);
