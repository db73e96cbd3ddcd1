import { expect, type TestContext, test, vi } from "vitest";
import { type Person, visit } from "./aegis.ts";
import { nothing, residue } from "./residue.ts";
import { quickStack, replicasOf, versionsOf } from "./rollout-stack.ts";

vi.setConfig({ testTimeout: 240_000 });

const ON = ["--compose", "compose.yml"];
const PATIENT = ["--timeout", "5s"];
const IN_PLACE = ["--strategy", "in-place", "--gate", "ready", "--deadline", "15m"];

const rollout = (person: Person, ...words: readonly string[]) =>
  person.run("rollout", ...words, ...ON, ...PATIENT);
const begin = (person: Person, ...words: readonly string[]) =>
  person.start("rollout", ...words, ...ON, ...PATIENT);

/** A rollout of app that stays at app1 for that long, and somebody who watches it. */
async function slowly(context: TestContext, inService: string, ...words: readonly string[]) {
  const person = visit(context);
  person.write("compose.yml", quickStack());
  const { code, stderr } = await person.run("up", ...ON);
  expect(code, stderr).toBe(0);
  const slow = ["--min-in-service", inService, ...words];
  const run = begin(person, "app", "--to", "v2", ...IN_PLACE, ...slow);
  await run.printed(/the new app1 runs v2/);
  const watch = begin(person, "--watch");
  await watch.printed(/the new app1 runs v2/);
  return { person, run, watch };
}

async function leavesNothing(person: Person): Promise<void> {
  expect(person.ledger()).toEqual([]);
  expect((await person.run("down", ...ON)).code).toBe(0);
  expect(await residue(nothing(person), 1)).toBe("");
}

test("asked for under another name, or only to see what would be done, a rollout goes on as it was", async (context) => {
  const { person, run, watch } = await slowly(context, "10m");
  for (const deed of ["--undo", "--undo --plan", "--pause", "--resume", "--watch"]) {
    const { code, stderr } = await rollout(person, "balancer", ...deed.split(" "));
    expect(stderr).toContain("the rollout that is under way is of app, not of balancer");
    expect(code, deed).toBe(2);
  }
  const plan = await rollout(person, "app", "--undo", "--plan");
  expect(plan.stdout).toBe("replica  back to\napp1     what is declared\n");
  expect(plan.code).toBe(0);
  const paused = await rollout(person, "--pause", "--plan");
  expect(paused.stderr).toContain("--plan and --pause exclude each other");
  expect(paused.code).toBe(2);
  expect((await rollout(person, "--status")).stdout).toMatch(/rollout of app .*: under way\n$/);
  expect((await rollout(person, "app", "--undo")).code).toBe(0);
  const { code, stdout } = await run.finished;
  expect(stdout).not.toContain("paused before");
  expect(code).toBe(1);
  expect(await watch.finished).toMatchObject({ code: 1 });
  expect(versionsOf(await replicasOf(person, ON))).toBe("v1 v1 v1");
  await leavesNothing(person);
});

test("who watches a rollout that is interrupted exits as it does: 130", async (context) => {
  const { person, run, watch } = await slowly(context, "10m");
  run.child.kill("SIGINT");
  expect(await run.finished).toMatchObject({ code: 130 });
  const { code, stdout } = await watch.finished;
  expect(stdout).toMatch(/the rollout is over: rolled-back; its run ended with exit code 130\n$/);
  expect(code).toBe(130);
  await leavesNothing(person);
});

test("who watches a rollout that completes while an --assert does not hold exits as it does: 1", async (context) => {
  const { person, run, watch } = await slowly(context, "5s", "--assert", "requests < 1");
  const { code, stdout } = await run.finished;
  expect(stdout).toMatch(/outcome of update == completed +completed/);
  expect(code).toBe(1);
  const watched = await watch.finished;
  expect(watched.stdout).toMatch(
    /the rollout is over: completed; its run ended with exit code 1\n$/,
  );
  expect(watched.code).toBe(1);
  await leavesNothing(person);
});
