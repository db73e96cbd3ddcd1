import { chmodSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, type TestContext, test, vi } from "vitest";
import { type Person, type Running, visit } from "./aegis.ts";
import {
  quickStack,
  replicasOf,
  roleCommand,
  type StackOptions,
  versionsOf,
} from "./rollout-stack.ts";

// What a run has changed is put back before the next one of its session: here that is cut short.
vi.setConfig({ testTimeout: 240_000 });

const HOOK = fileURLToPath(new URL("die-at-line.mjs", import.meta.url));
const ON = ["--compose", "compose.yml"];
const SCENARIO = `version: 1
name: again
stack: { compose: compose.yml }
traffic: { main: { url: http://balancer/, rate: 50/s, timeout: 2s } }
phases: { warmup: 200ms, baseline: 300ms, recovery: 3s }
steady: { checks: [main.success >= 20%] } # a busy machine is no reason not to begin
steps:
  - { id: update, do: rollout, target: { service: app }, with: { to: v2, gate: ready, min-in-service: 100ms } }
assert: [main.success >= 20%]
`;
/** Ends at once when it is told to, and is gone only later: time to be killed while one of them is stopped. */
const LEAVING = `${["{node}", ...roleCommand("app").slice(1)].join(" ")} & trap 'kill $$!; sleep 6' TERM; wait`;
const SLOW_TO_LEAVE = {
  versions: { v2: { env: { APP_VERSION: "v2" }, process: { command: ["sh", "-c", LEAVING] } } },
};

/** Somebody whose stack is up. */
async function withStack(context: TestContext, options: StackOptions = {}): Promise<Person> {
  const person = visit(context);
  person.write("compose.yml", quickStack({ replicas: 2, ...options }));
  person.write("s.yaml", SCENARIO);
  const { code, stderr } = await person.run("up", ...ON);
  expect(code, stderr).toBe(0);
  return person;
}

const playTwice = (person: Person): Running =>
  person.start("chaos", "run", "s.yaml", "--repeat", "2");

const versions = async (person: Person): Promise<string> =>
  versionsOf(await replicasOf(person, ON));

/** Resolves while the first of them is stopped to be put back. */
async function untilOneLeaves(person: Person, { printed }: Running): Promise<void> {
  await printed(/^PASS/m);
  const patience = { timeout: 20_000, interval: 50 };
  await vi.waitFor(async () => expect(await versions(person)).toContain("!"), patience);
}

async function isHealed(person: Person): Promise<void> {
  const { code, stdout, stderr } = await person.run("heal");
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("rollout of app1 undone");
  expect(await versions(person)).toBe("v1 v1");
  expect(person.ledger()).toEqual([]);
}

test("each run moves the same replicas, and only what the last one has changed stays", async (context) => {
  const person = await withStack(context);
  const { code, stdout, stderr } = await playTwice(person).finished;
  expect(code, stdout + stderr).toBe(0);
  expect(stderr.match(/completed: all run v2$/gm)).toHaveLength(2);
  expect(stderr.match(/putting back what the last run has changed: app1, app2$/gm)).toHaveLength(1);
  expect(await versions(person)).toBe("v2 v2");
  expect(person.ledger()).toEqual([]);
});

test.for([
  ["before any is touched", "ledger prepared rollout", 3, "v2 v2"],
  ["when one of two is back", "ledger reverted", 1, "v2 v1"],
] as const)("killed -9 %s: heal puts all back", async ([, line, nth, left], context) => {
  const person = await withStack(context);
  const hook = { NODE_OPTIONS: `--import=${HOOK}`, E2E_DIE_AT: line, E2E_DIE_NTH: String(nth) };
  Object.assign(person.env, hook);
  const run = playTwice(person);
  for (const name of Object.keys(hook)) delete person.env[name];
  const { signal } = await run.finished;
  expect(signal, run.output()).toBe("SIGKILL");
  expect(await versions(person)).toBe(left);
  await isHealed(person);
});

test("killed -9 while one is stopped: heal puts all back", async (context) => {
  const person = await withStack(context, SLOW_TO_LEAVE);
  const run = playTwice(person);
  await untilOneLeaves(person, run);
  run.child.kill("SIGKILL");
  await run.finished;
  await isHealed(person);
});

test("Ctrl-C while one is stopped, and again: exit 5 at once, and heal puts all back", async (context) => {
  const person = await withStack(context, SLOW_TO_LEAVE);
  const run = playTwice(person);
  await untilOneLeaves(person, run);
  run.child.kill("SIGINT");
  await sleep(200);
  run.child.kill("SIGINT");
  expect((await run.finished).code).toBe(5);
  await isHealed(person);
});

test("one that cannot be put back is harm left, and heal tries again", async (context) => {
  const v2 = { env: { APP_VERSION: "v2" }, process: { command: roleCommand("app") } };
  const options = { command: ["./v1", ...roleCommand("app")], versions: { v2 } };
  const person = visit(context);
  const writeV1 = (): void => chmodSync(person.write("v1", '#!/bin/sh\nexec "$@"\n'), 0o755);
  writeV1();
  person.write("compose.yml", quickStack({ replicas: 2, ...options }));
  person.write("s.yaml", SCENARIO);
  expect((await person.run("up", ...ON)).code).toBe(0);
  const run = playTwice(person);
  await run.printed(/completed: all run v2/);
  rmSync(`${person.cwd}/v1`);
  const { code, stderr } = await run.finished;
  expect(stderr).toMatch(/could not be put back before the next one:\n.*rollout of app2: /);
  expect(stderr).toContain("aegis heal");
  expect(code).toBe(5);
  expect(person.ledger().length).toBeGreaterThan(0);
  writeV1();
  await isHealed(person);
});
