import { expect, test, vi } from "vitest";
import { type Person, type Running, visit } from "./aegis.ts";
import { badDay, LONG_FREEZE } from "./bad-day-scenario.ts";
import { look, nothing, residue } from "./residue.ts";

// Three at a time: they mostly wait, but each starts a dozen processes.
vi.setConfig({ testTimeout: 120_000 });

/** Harm is undone within this. */
const UNDO_MS = 5_000;

/** While processes are looked for, or a journal is waited for. */
const PATIENCE = { timeout: 10_000, interval: 20 };

const MOMENTS = [
  { when: "while the stack starts", after: /starting aegis/, verdict: false },
  { when: "when the first replica is ready", after: /app\d is ready/, verdict: false },
  { when: "in the warm-up", after: /warmup begins/, verdict: true },
  { when: "in the baseline", after: /baseline begins/, verdict: true },
  { when: "while a replica is frozen", after: /freeze#1: pause of app1/, verdict: true },
  { when: "in the recovery", after: /recovery begins/, verdict: true },
];

const CRASH = "{ id: crash, do: crash, target: { service: app }, at: 0s }";

function startRun(person: Person, recovering: boolean): Running {
  const scenario = recovering ? badDay([CRASH], { recovery: "60s" }) : badDay([LONG_FREEZE]);
  return person.start("chaos", "run", person.write("s.yaml", scenario));
}

/** Sends the signal; resolves when every harm has been undone. */
async function interrupt(person: Person, run: Running, signal: NodeJS.Signals): Promise<void> {
  const from = performance.now();
  run.child.kill(signal);
  await vi.waitFor(() => expect(person.ledger()).toEqual([]), { timeout: UNDO_MS, interval: 20 });
  expect(performance.now() - from).toBeLessThan(UNDO_MS);
}

test.for(MOMENTS)(
  "Ctrl-C $when: everything is undone and said, exit 130",
  async ({ after, verdict }, context) => {
    const person = visit(context);
    const run = startRun(person, /recovery/.test(after.source));
    await run.printed(after);
    await interrupt(person, run, "SIGINT");
    const { code, stdout, stderr } = await run.finished;
    expect(code, stdout).toBe(130);
    if (verdict) expect(stdout).toMatch(/^(INCONCLUSIVE|PASS) +bad day\n.*nterrupted by SIGINT/s);
    else expect(stderr).toContain("interrupted by SIGINT while the stack started");
    expect(person.ledger()).toEqual([]);
    expect(await residue(nothing(person), 0)).toBe("");
  },
);

test("Ctrl-C on a stack that was up leaves it up, as it was", async (context) => {
  const person = visit(context);
  expect((await person.run("up")).code).toBe(0);
  const before = await look(person);
  const run = startRun(person, false);
  await run.printed(/freeze#1: pause of app1/);
  expect((await look(person)).processes.some(({ stopped }) => stopped)).toBe(true);
  await interrupt(person, run, "SIGINT");
  expect((await look(person)).processes.some(({ stopped }) => stopped)).toBe(false);
  expect((await run.finished).code).toBe(130);
  expect(await residue(before, 1)).toBe("");
});

test.for([
  { signal: "SIGTERM", when: "while a replica is frozen", after: /freeze#1: pause of app1/ },
  { signal: "SIGHUP", when: "while a replica is frozen", after: /freeze#1: pause of app1/ },
  { signal: "SIGTERM", when: "while the stack starts", after: /starting aegis/ },
] as const)("$signal $when: the same, exit 143", async ({ signal, after }, context) => {
  const person = visit(context);
  const run = startRun(person, false);
  await run.printed(after);
  await interrupt(person, run, signal);
  const { code } = await run.finished;
  expect(run.output()).toContain(`nterrupted by ${signal}`);
  expect(code).toBe(143);
  expect(await residue(nothing(person), 0)).toBe("");
});

test("Ctrl-C ends the wait for a replica that never gets ready", async (context) => {
  const person = visit(context);
  person.write("server.mjs", `console.log("loading"); setInterval(() => {}, 1e6);`);
  person.write(
    "compose.yml",
    `services:
  web:
    image: none
    x-aegis: { process: { command: [node, server.mjs], port: 3000 }, ready: / }`,
  );
  const scenario = badDay().replace("http://balancer/", "http://web/");
  const run = person.start(
    ...["chaos", "run", person.write("s.yaml", scenario), "--compose", "compose.yml"],
  );
  await run.printed(/starting/);
  const from = performance.now();
  run.child.kill("SIGINT");
  expect((await run.finished).code).toBe(130);
  expect(performance.now() - from).toBeLessThan(20_000); // of the minute that it would wait
  expect(await residue(nothing(person), 0)).toBe("");
});

test("a second Ctrl-C leaves at once with 5, and the lease undoes what was held", async (context) => {
  const person = visit(context);
  expect((await person.run("up")).code).toBe(0);
  const before = await look(person);
  // While it is being applied, undoing waits for it: time for a second Ctrl-C.
  const slow =
    "{ id: slow, do: exec, target: { replica: app2 }, with: { run: sleep 9, undo: 'true' }, at: 500ms, for: 60s }";
  const run = person.start("chaos", "run", person.write("s.yaml", badDay([LONG_FREEZE, slow])));
  await run.printed(/freeze#1: pause of app1/);
  await context.expect
    .poll(async () => (await look(person)).processes.map(({ command }) => command), PATIENCE)
    .toContain("sleep 9");
  run.child.kill("SIGINT");
  const chaosEnd = { type: "phase", phase: "chaos", stage: "end" };
  await context.expect
    .poll(() => person.journal(), PATIENCE)
    .toContainEqual(expect.objectContaining(chaosEnd));
  run.child.kill("SIGINT");
  expect((await run.finished).code).toBe(5);
  const held = await look(person);
  expect(held.processes.filter(({ stopped }) => stopped)).toHaveLength(1);
  expect(await residue(before, 20, held)).toBe("");
});

test("a second Ctrl-C with nothing left to undo leaves at once with 130, and the stack still goes down", async (context) => {
  const person = visit(context);
  const run = startRun(person, false);
  await run.printed(/warmup begins/);
  run.child.kill("SIGINT");
  await run.printed(/INCONCLUSIVE/);
  run.child.kill("SIGINT");
  expect((await run.finished).code).toBe(130);
  expect(await residue(nothing(person), 15)).toBe("");
});
