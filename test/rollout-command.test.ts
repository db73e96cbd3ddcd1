import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, type TestContext, test, vi } from "vitest";
import { type Person, visit } from "./aegis.ts";
import { look, nothing, residue } from "./residue.ts";
import {
  BY_READINESS,
  instanceOf,
  QUICK,
  quickStack,
  replicasOf,
  type StackOptions,
  versionsOf,
} from "./rollout-stack.ts";

vi.setConfig({ testTimeout: 240_000 });

const ON = ["--compose", "compose.yml"];

/** Somebody whose stack is up. */
async function withStack(context: TestContext, options: StackOptions = {}): Promise<Person> {
  const person = visit(context);
  person.write("compose.yml", quickStack(options));
  const { code, stderr } = await person.run("up", ...ON);
  expect(code, stderr).toBe(0);
  return person;
}

/** Requests may take long on a busy machine: that is no failure of a rollout. */
const PATIENT = ["--timeout", "5s"];

const rollout = (person: Person, ...words: readonly string[]) =>
  person.run("rollout", ...words, ...ON, ...PATIENT);
const begin = (person: Person, ...words: readonly string[]) =>
  person.start("rollout", ...words, ...ON, ...PATIENT);

async function versions(person: Person): Promise<string> {
  return versionsOf(await replicasOf(person, ON));
}

async function leavesNothing(person: Person): Promise<void> {
  expect(person.ledger()).toEqual([]);
  expect((await person.run("down", ...ON)).code).toBe(0);
  expect(await residue(nothing(person), 1)).toBe("");
}

test("a plan is shown, and nothing is touched", async (context) => {
  const person = await withStack(context);
  const before = await look(person);
  const { code, stdout } = await rollout(person, "app", "--to", "v2", "--plan");
  expect(code).toBe(0);
  const rows = stdout.trim().split("\n").slice(1);
  expect(rows.map((row) => row.trim().split(/\s+/))).toEqual(
    ["app1", "app2", "app3"].map((name) => [name, "surge", "v1", "v2"]),
  );
  const inPlace = await rollout(person, "app2", "--to", "v2", "--plan", "--strategy", "in-place");
  expect(inPlace.stdout).toMatch(/^app2 +in-place +v1 +v2$/m);
  expect(await residue(before, 0)).toBe("");
  expect(existsSync(join(person.cwd, ".aegis", "runs"))).toBe(false);
  expect((await rollout(person, "--status")).stdout).toBe("no rollout of this project is known\n");
});

test("one replica, then another: the others are not touched, the mix shows, and the last one is taken back alone", async (context) => {
  const person = await withStack(context);
  const before = await replicasOf(person, ON);
  const first = await rollout(person, "app1", "--to", "v2", ...QUICK);
  expect(first.code, first.stdout).toBe(0);
  const now = await replicasOf(person, ON);
  expect(versionsOf(now)).toBe("v2 v1 v1");
  expect(instanceOf(now, "app1")).not.toBe(instanceOf(before, "app1"));
  for (const name of ["app2", "app3"]) {
    expect(instanceOf(now, name)).toBe(instanceOf(before, name));
  }
  const { stdout: mix } = await person.run("monitor", "--for", "2s", ...ON);
  expect(mix).toMatch(/v1 \d+/);
  expect(mix).toMatch(/v2 \d+/);
  expect(await rollout(person, "app1", "--to", "v2")).toMatchObject({
    code: 0,
    stdout: "app1: v2 runs already\n",
  });
  const second = await rollout(person, "app2", "--to", "v2", ...QUICK);
  expect(second.code, second.stdout).toBe(0);
  expect(await versions(person)).toBe("v2 v2 v1");
  expect((await rollout(person, "--status")).stdout).toMatch(
    /app2 runs v2, after .*\n.*completed: all run v2\nrollout of .*: completed\n$/,
  );
  const back = await rollout(person, "--undo", ...BY_READINESS);
  expect(back.code, back.stdout).toBe(0);
  expect(await versions(person)).toBe("v2 v1 v1");
  await leavesNothing(person);
});

test("what was completed is no way back for a stack that was made again", async (context) => {
  const person = await withStack(context);
  expect((await rollout(person, "app1", "--to", "v2", ...BY_READINESS)).code).toBe(0);
  for (const command of ["down", "up"]) expect((await person.run(command, ...ON)).code).toBe(0);
  expect(await versions(person)).toBe("v1 v1 v1");
  const { code, stderr } = await rollout(person, "app", "--undo");
  expect(stderr).toContain("no completed rollout of app1, app2, app3 is known to take back");
  expect(code).toBe(2);
});

test("one that is under way waits, is watched and goes on from another terminal, and nobody else may change the stack", async (context) => {
  const person = await withStack(context, { replicas: 2 });
  const always = ["--assert", "app.ready >= 2 throughout", "--assert", "failed == 0"];
  // Longer than a busy machine takes to start the commands that are typed meanwhile.
  const slowly = ["--gate", "ready", "--min-in-service", "15s"];
  const run = begin(person, "app", "--to", "v2", ...slowly, ...always);
  await run.printed(/app1\+ runs v2 beside app1/);
  expect((await rollout(person, "--pause")).stdout).toContain("waits before its next replica");
  await run.printed(/paused before app2/);
  expect(await versions(person)).toBe("v2 v1");
  const watch = begin(person, "--watch");
  await watch.printed(/paused before app2/);
  for (const name of ["app1", "app2"]) {
    const second = await rollout(person, name, "--to", "v2", ...BY_READINESS);
    expect(second.stderr).toMatch(/in use by `aegis rollout` \(pid \d+/);
    expect(second.code).toBe(4);
  }
  expect((await rollout(person, "--status")).stdout).toMatch(/rollout of .*: under way\n$/);
  expect(await versions(person)).toBe("v2 v1");
  expect((await rollout(person, "--resume")).stdout).toBe("it goes on\n");
  const { code, stdout } = await run.finished;
  expect(code, stdout).toBe(0);
  const watched = await watch.finished;
  expect(watched.stdout).toMatch(/resumed\n(.*\n)*.*app2 runs v2, after/);
  expect(watched.stdout).toMatch(/the rollout is over: completed\n$/);
  expect(watched.code).toBe(0);
  expect(await versions(person)).toBe("v2 v2");
  await leavesNothing(person);
});

test("one that is under way is taken back from another terminal: exit 1, and all is as it was", async (context) => {
  const person = await withStack(context);
  const before = await replicasOf(person, ON);
  const slowly = [
    "--strategy",
    "in-place",
    "--gate",
    "ready",
    "--min-in-service",
    "60s",
    "--deadline",
    "2m",
  ];
  const run = begin(person, "app", "--to", "v2", ...slowly);
  await run.printed(/the new app1 runs v2/);
  const watch = begin(person, "--watch");
  await watch.printed(/the new app1 runs v2/);
  const asked = await rollout(person, "--undo");
  expect(asked).toMatchObject({ code: 0 });
  expect(asked.stdout).toContain("everything is taken back");
  const { code, stdout } = await run.finished;
  expect(stdout).toContain("taken back: it was asked for by --undo");
  expect(stdout).toMatch(/outcome of update == completed +rolled-back/);
  expect(code).toBe(1);
  expect(await watch.finished).toMatchObject({ code: 1 });
  const now = await replicasOf(person, ON);
  expect(versionsOf(now)).toBe("v1 v1 v1");
  for (const name of ["app2", "app3"]) {
    expect(instanceOf(now, name)).toBe(instanceOf(before, name));
  }
  await leavesNothing(person);
});

test.for([
  { strategy: "surge", after: /app2\+ runs v2 beside app2/ },
  { strategy: "surge", after: /the old app2 \(v1\) left/ },
  { strategy: "in-place", after: /the old app2 \(v1\) left/ },
] as const)(
  "Ctrl-C in the middle of a rollout ($strategy, $after): everything is put back, exit 130",
  async ({ strategy, after }, context) => {
    const person = await withStack(context);
    const before = await look(person);
    const run = begin(person, "app", "--to", "v2", "--strategy", strategy, ...BY_READINESS);
    await run.printed(after);
    run.child.kill("SIGINT");
    const { code, stdout } = await run.finished;
    expect(stdout).toContain("nterrupted by SIGINT");
    expect(code).toBe(130);
    expect(person.ledger()).toEqual([]);
    expect(await versions(person)).toBe("v1 v1 v1");
    expect((await look(person)).processes).toHaveLength(before.processes.length);
    await leavesNothing(person);
  },
);

test("with too few requests nothing can be concluded: exit 3, and everything is put back", async (context) => {
  const person = await withStack(context);
  const before = await replicasOf(person, ON);
  const few = ["--rate", "5/s", "--deadline", "6s"];
  const { code, stdout } = await rollout(person, "app", "--to", "v2", ...few);
  expect(stdout).toMatch(/^INCONCLUSIVE/);
  expect(stdout).toMatch(/app1\s+is\s+undecided:\s+only\s+\d+\s+answers/);
  expect(code).toBe(3);
  expect(await replicasOf(person, ON)).toEqual(before.map((one) => expect.objectContaining(one)));
  await leavesNothing(person);
});

test("a pipe gets no colours, and --json has every stage", async (context) => {
  const person = await withStack(context);
  delete person.env["NO_COLOR"];
  const plain = await rollout(person, "app1", "--to", "v2", ...BY_READINESS);
  expect(plain.stdout + plain.stderr).not.toContain("\u001b");
  const { code, stdout } = await rollout(person, "app2", "--to", "v2", "--json", ...QUICK);
  expect(code, stdout).toBe(0);
  const report = JSON.parse(stdout) as {
    readonly steps: readonly {
      readonly stages: readonly { readonly facts: { stage: string } }[];
    }[];
  };
  expect(report.steps[0]?.stages.map(({ facts }) => facts.stage)).toEqual([
    "started",
    "ready",
    "served",
    "gate",
    "drained",
    "promoted",
    "accepted",
    "completed",
  ]);
});

test("the only replica: one more first, or not at all, unless downtime is allowed", async (context) => {
  const person = await withStack(context, { replicas: 1 });
  const inPlace = ["app", "--to", "v2", "--strategy", "in-place", ...BY_READINESS];
  const before = await look(person);
  const refused = await rollout(person, ...inPlace);
  expect(refused.stderr).toContain("app1 is the only replica of app");
  expect(refused.stderr).toContain("--allow-downtime");
  expect(refused.code).toBe(2);
  expect(await residue(before, 0)).toBe("");
  const surge = await rollout(
    person,
    "app",
    "--to",
    "v2",
    ...BY_READINESS,
    "--assert",
    "failed == 0",
  );
  expect(surge.code, surge.stdout).toBe(0);
  expect(await versions(person)).toBe("v2");
  const down = ["--undo", "--strategy", "in-place", "--allow-downtime", ...BY_READINESS];
  const allowed = await rollout(person, ...down, "--assert", "success < 100%");
  expect(allowed.code, allowed.stdout).toBe(0);
  expect(await versions(person)).toBe("v1");
  await leavesNothing(person);
});

const WRONG: readonly (readonly [words: string, code: number, says: string])[] = [
  ["ap --to v2", 2, 'did you mean "app"?'],
  ["apq2 --to v2", 2, 'did you mean "app2"?'],
  ["app --to v3", 2, 'app has no version "v3"'],
  ["balancer --to v2", 2, 'balancer has no version "v2"'],
  ["app", 2, "got none"],
  ["app --to v2 --image app:2", 2, "got --to and --image"],
  ["app --to v2 --undo", 2, "got --to and --undo"],
  ["--to v2", 2, "which service or replica is to be moved?"],
  ["app --to v2 --strategy nonsense", 2, "--strategy: "],
  ["app --to v2 --gate nonsense", 2, "--gate: "],
  ["app --to v2 --samples 3", 2, "--samples: "],
  ["app --to v2 --samples many", 2, "--samples: "],
  [
    "app --to v2 --deadline abc",
    2,
    '--deadline: expected a duration with its unit, such as 10s or 250ms; got "abc"',
  ],
  ["app --to v2 --deadline 1ms", 2, "--deadline: "],
  ["app --to v2 --min-in-service -1s", 2, "--min-in-service"],
  ["app --image app:2", 2, "plain processes need env or process.command"],
  ["app --build", 2, "nothing is built for app"],
  ["app --to none", 4, "/nowhere/app"],
  ["app --undo", 2, "no completed rollout of app1, app2, app3 is known to take back"],
  ["--undo", 2, "which service or replica is to be moved?"],
  ["--status --plan", 2, "--plan and --status exclude each other"],
  ["--pause --undo", 2, "got --undo and --pause"],
  ["--watch", 2, "no rollout of this project is under way"],
  ["--pause", 2, "no rollout of this project is under way"],
  ["--resume", 2, "no rollout of this project is under way"],
];

test("what cannot be meant or done is refused before anything is touched", async (context) => {
  const versions = { none: { process: { command: ["/nowhere/app"] } } };
  const person = await withStack(context, { versions });
  const before = await look(person);
  for (const [words, code, says] of WRONG) {
    const refused = await rollout(person, ...words.split(" "));
    expect(`${words}: ${refused.stderr}`).toContain(says);
    expect(refused.code, words).toBe(code);
  }
  expect(await residue(before, 0)).toBe("");
  await leavesNothing(person);
  const down = await rollout(person, "app", "--to", "v2");
  expect(down.stderr).toContain("aegis up");
  expect(down.code).toBe(4);
});
