import { describe, expect, test } from "vitest";
import { formatProblem, ProblemsError } from "../kit/problem.ts";
import { MINIMAL, parse, problemsOf } from "./testing.ts";

const FULL = `version: 1
name: A replica crashes, then one freezes
seed: 42
stack: { compose: ../docker-compose.yml, engine: process }
traffic:
  main: { url: http://balancer/, rate: 200/s, timeout: 1s, expect: { status: 200 } }
  orders:
    url: http://balancer/orders
    method: POST
    rate: 30/m
    timeout: 2s
    headers: { authorization: "Bearer \${env:TOKEN}", x-n: 5 }
    body: '{"id":"\${request.id}"}'
    expect: { status: [201, 3xx], body: created }
    fresh: 10%
    ca: ca.pem
    identify: { replica: X-Who }
phases: { warmup: 1s, baseline: 10s, recovery: 10s }
steady: { within: 20s, checks: [main.failed == 0, app.ready == 3] }
limits: { down: 1, time: 5m }
steps:
  - { id: hit, do: crash, target: { service: app, pick: 1, only: ready }, at: 0s }
  - { id: freeze, do: pause, target: { service: app, pick: 1, prefer: oldest }, when: hit recovered + 2s, for: 6s }
  - { id: again, do: kill, target: { same-as: freeze }, when: freeze ended, until: rest ended }
  - { id: rest, do: wait, at: 30s, for: 1s }
  - { id: storm, do: crash, target: { service: app, pick: "10%" }, repeat: { every: 2s, jitter: 500ms, times: 3 }, if-unsupported: skip }
  - { id: turn, do: stop, target: { service: app, pick: all, one-by-one: true }, for: 1s, at: 40s }
  - { id: run, do: exec, target: { replica: app1 }, with: { command: [ls] }, irreversible: true }
assert:
  - main.failed == 0
  - { that: orders.duplicates == 0, why: a retry must not order twice }
  - outcome of turn == drained
abort-when: main.success over 5s < 50%
`;

describe("a full scenario becomes a plan without strings to interpret", () => {
  const plan = parse(FULL);
  const step = (id: string) => plan.steps.find((each) => each.id === id);

  test("traffic", () => {
    expect(plan.traffic).toMatchObject([
      {
        name: "main",
        rate: 200,
        timeoutMs: 1000,
        method: "GET",
        expect: { status: [{ from: 200, to: 200 }], body: null },
        identify: null,
      },
      {
        rate: 0.5,
        method: "POST",
        headers: { authorization: "Bearer $" + "{env:TOKEN}", "x-n": "5" },
        expect: {
          status: [
            { from: 201, to: 201 },
            { from: 300, to: 399 },
          ],
          body: "created",
        },
        fresh: 0.1,
        ca: "/scenarios/ca.pem",
        identify: { replica: "x-who", version: null },
      },
    ]);
  });

  test("the whole", () => {
    expect(plan).toMatchObject({
      seed: 42,
      file: "s.yaml",
      stack: { compose: "/docker-compose.yml", engine: "process" },
      phases: { warmupMs: 1000, baselineMs: 10_000, chaosMs: 0, recoveryMs: 10_000 },
      steady: {
        withinMs: 20_000,
        checks: [{ text: "main.failed == 0" }, { text: "app.ready == 3" }],
      },
      limits: { down: 1, timeMs: 300_000 },
      abortWhen: [
        { traffic: "main", measure: "success", overMs: 5000, comparison: "<", limit: 0.5 },
      ],
    });
    expect(plan.assertions.map(({ why, line }) => [why, line])).toEqual([
      [null, 30],
      ["a retry must not order twice", 31],
      [null, 32],
    ]);
  });

  test("steps", () => {
    expect(step("hit")).toMatchObject({
      kind: "crash",
      held: false,
      start: { at: "time", ms: 0 },
      end: null,
      repeat: null,
      line: 22,
      target: { service: "app", pick: { kind: "count", count: 1 }, only: "ready" },
    });
    expect(step("freeze")).toMatchObject({
      start: { at: "step", step: "hit", when: "recovered", plusMs: 2000 },
      end: { after: "time", ms: 6000 },
      target: { prefer: "oldest" },
    });
    expect(step("again")).toMatchObject({
      target: { by: "same-as", step: "freeze" },
      end: { after: "step", step: "rest", when: "ended" },
    });
    expect(step("storm")).toMatchObject({
      target: { pick: { kind: "share", share: 0.1 } },
      repeat: { everyMs: 2000, jitterMs: 500, times: 3, forMs: null },
      ifUnsupported: "skip",
    });
    expect(step("run")).toMatchObject({ params: { command: ["ls"] }, irreversible: true });
  });

  test("a secret never enters the plan", () =>
    expect(JSON.stringify(plan)).not.toContain("s3cret"));
});

test("defaults are those that are written down", () => {
  expect(parse(MINIMAL)).toMatchObject({
    seed: 7,
    stack: { compose: null, project: null, profiles: [], engine: null },
    traffic: [
      { timeoutMs: 1000, method: "GET", fresh: 0, expect: { status: [{ from: 200, to: 399 }] } },
    ],
    phases: { warmupMs: 2000, baselineMs: 5000, chaosMs: 0, recoveryMs: 10_000 },
    steady: { withinMs: 30_000, checks: [{ text: "failed == 0" }] },
    limits: { down: null, timeMs: 600_000 },
    steps: [{ target: { only: "any", prefer: "random", oneByOne: false } }],
  });
});

test("--seed wins over the file, the file over a drawn one", () => {
  const text = MINIMAL.replace("name:", "seed: 42\nname:");
  expect(parse(text).seed).toBe(42);
  expect(parse(text, { seed: 3 }).seed).toBe(3);
});

test("problems of the compose file are told together with the scenario's own", () => {
  const problem = { file: "compose.yml", line: 3, column: 1, path: "services", message: "bad" };
  const problems = problemsOf(MINIMAL.replace("200/s", "200"), {
    stackOf: () => {
      throw new ProblemsError([problem]);
    },
  });
  expect(problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
    "compose.yml:3",
    "s.yaml:4",
  ]);
});

test("one mistake does not hide others, nor make up more", () => {
  const text = FULL.replace("200/s", "200").replace("do: crash", "do: crsh").replace("gap", "gp");
  expect(problemsOf(text).map(formatProblem)).toEqual([
    "s.yaml:6:40: traffic.main.rate: expected a rate with a unit such as 200/s, got 200; write 200/s",
    's.yaml:22:20: steps[0].do: there is no step kind "crsh"; did you mean "crash"?',
  ]);
});

describe("use: takes in a shared file, and what is nearer wins", () => {
  const shared = `traffic:
  main: { url: http://balancer/shared, rate: 10/s }
  more: { url: http://balancer/more, rate: 10/s }
phases: { warmup: 1s, recovery: 3s }
limits: { down: 2 }
steps:
  - { id: hit, do: kill, target: { replica: app1 }, for: 1s }
  - { id: first, do: wait, for: 1s }
assert:
  - more.failed == 0
`;
  const own = MINIMAL.replace(
    "name: minimal",
    "name: minimal\nuse: shared/base.yaml\nphases: { warmup: 5s }",
  );
  const files: Readonly<Record<string, string>> = { "/scenarios/shared/base.yaml": shared };
  const readFile = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error("no such file");
    return text;
  };

  test("merged by key, by name and by id", () => {
    const plan = parse(own, { readFile });
    expect(plan.traffic.map(({ name, rate }) => [name, rate])).toEqual([
      ["main", 200],
      ["more", 10],
    ]);
    expect(plan.phases).toMatchObject({ warmupMs: 5000, recoveryMs: 3000 });
    expect(plan.limits.down).toBe(2);
    expect(plan.steps.map(({ id, kind }) => [id, kind])).toEqual([
      ["hit", "crash"],
      ["first", "wait"],
    ]);
    expect(plan.assertions.map(({ text }) => text)).toEqual([
      "more.failed == 0",
      "main.failed == 0",
    ]);
  });

  test("an assertion of a shared file has no line number: it would be read as one of the scenario", () => {
    const lines = parse(own, { readFile }).assertions.map(({ text, line }) => [
      text,
      line !== null,
    ]);
    expect(lines).toEqual([
      ["more.failed == 0", false],
      ["main.failed == 0", true],
    ]);
  });

  test("a whole scenario can be used with one thing changed", () => {
    const text = `version: 1\nname: other\nuse: s2.yaml\nseed: 9\nstack: { compose: c.yml }\n`;
    const plan = parse(text, { readFile: () => MINIMAL.replace("name:", "seed: 5\nname:") });
    expect(plan).toMatchObject({ name: "other", seed: 9, stack: { compose: "/scenarios/c.yml" } });
    expect(plan.steps).toHaveLength(1);
    const same = parse(text.replace("seed: 9\n", ""), { readFile: () => `seed: 5\n${MINIMAL}` });
    expect(same.seed).toBe(5);
  });

  test("its mistakes are told at its own lines", () => {
    const broken: Record<string, string> = {
      ...files,
      "/scenarios/shared/base.yaml": shared.replace("warmup: 1s", "warmup: 1"),
    };
    const [problem] = problemsOf(own, { readFile: (path) => broken[path] as string });
    expect(problem).toMatchObject({ file: "shared/base.yaml", line: 4, path: "phases.warmup" });
  });

  test("cycles and missing files are refused", () => {
    const round: Record<string, string> = {
      ...files,
      "/scenarios/shared/base.yaml": `use: ../s.yaml\n${shared}`,
    };
    expect(problemsOf(own, { readFile: (path) => round[path] as string })[0]).toMatchObject({
      file: "shared/base.yaml",
      line: 1,
      message: "files use each other: s.yaml -> base.yaml -> s.yaml",
    });
    expect(problemsOf(own.replace("base", "bse"), { readFile })[0]).toMatchObject({
      line: 3,
      message: "cannot be read: no such file",
    });
  });
});

describe("monkey is sugar for a repeated random step", () => {
  const text = MINIMAL.replace(
    /steps:\n.*\n/,
    "monkey: { kinds: [crash, { do: pause, for: 3s }, kill], every: 2s, jitter: 1s, for: 20s }\n",
  );

  test("of the only service with replicas, never the last", () => {
    const plan = parse(text);
    expect(plan.limits.down).toBe(2);
    expect(plan.steps).toMatchObject([
      {
        id: "monkey",
        held: true,
        line: 5,
        target: { service: "app", pick: { kind: "count", count: 1 } },
        repeat: { everyMs: 2000, jitterMs: 1000, times: null, forMs: 20_000 },
        alternatives: [
          { kind: "crash", forMs: null },
          { kind: "pause", forMs: 3000 },
          { kind: "kill", forMs: 2000 },
        ],
      },
    ]);
  });

  test("assertions may name it", () => {
    expect(parse(text.replace("main.failed", "main.failed during monkey")).assertions).toHaveLength(
      1,
    );
  });

  test.each([
    ["kill]", "kil]", 'did you mean "kill"?'],
    ["kill]", "wait]", "remove it"],
    ["kinds:", "service: ap, kinds:", 'did you mean "app"?'],
    ["kinds:", "service: balancer, kinds:", "allow it with limits: { down: 1 }"],
  ])("%s -> %s is refused", (from, to, hint) => {
    expect(problemsOf(text.replace(from, to))).toMatchObject([{ line: 5, hint }]);
  });
});
