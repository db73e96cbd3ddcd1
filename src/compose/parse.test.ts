import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ReplicaSpec, Stack } from "../model/stack.ts";
import { entryOf } from "./entry.ts";
import { type ComposeOptions, refusalsForProcesses } from "./parse.ts";
import { parse } from "./testing/compose-text.ts";

function stackOf(text: string, options: Partial<ComposeOptions> = {}): Stack {
  return parse(text, options).stack;
}

/** The only replica of a file with these lines under one service. */
function replicaOf(lines: string, options: Partial<ComposeOptions> = {}): ReplicaSpec {
  const indented = lines.replace(/^/gm, "    ");
  return stackOf(`services:\n  app:\n${indented}\n`, options).replicas[0] as ReplicaSpec;
}

test("the bundled stack is a balancer before three replicas of app, all of them able to be processes", () => {
  const root = join(import.meta.dirname, "../..");
  const text = readFileSync(join(root, "docker-compose.yml"), "utf8");
  const parsed = parse(text, { directory: root });
  expect(parsed.stack.replicas.map(({ name, service }) => `${service}/${name}`)).toEqual([
    "balancer/balancer",
    "app/app1",
    "app/app2",
    "app/app3",
  ]);
  expect(parsed.stack.replicas[0]).toMatchObject({
    ports: [{ host: 18_080, container: 80 }],
    ready: { http: "/-/ready" },
  });
  expect(parsed.stack.replicas[1]).toMatchObject({
    environment: { REPLICA: "app1", APP_VERSION: "v1" },
    restart: { mode: "always", maxRetries: null },
    process: { port: 3000, extraPorts: { control: 3001 } },
    identify: { replica: "x-aegis-replica", version: "x-aegis-version" },
    versions: { v2: { env: { APP_VERSION: "v2" } } },
  });
  expect(refusalsForProcesses(parsed)).toEqual([]);
  expect(entryOf(parsed.stack)).toMatchObject({ service: "balancer", port: 80 });
  const moved = parse(text, { directory: root, env: { AEGIS_PORT: "9000" } });
  expect(moved.stack.replicas[0]?.ports).toEqual([{ host: 9000, container: 80 }]);
});

test("a service without any keys of ours has compose's defaults", () => {
  expect(replicaOf("image: x")).toEqual({
    name: "app",
    service: "app",
    environment: {},
    dependsOn: [],
    restart: { mode: "no", maxRetries: null },
    stopGraceMs: 10_000,
    stopSignal: "SIGTERM",
    healthcheck: null,
    process: null,
    ready: "running",
    readyUntold: true,
    identify: { replica: null, version: null },
    versions: {},
    ports: [],
    container: { service: "app", number: 1, image: "x", port: null },
  });
});

describe("one way of writing a key and what it means", () => {
  test.each<[string, Partial<ReplicaSpec>]>([
    [
      "environment: { A: 1, B: true, C: x, D: }",
      { environment: { A: "1", B: "true", C: "x", D: "host" } },
    ],
    ["environment: [A=1, B=a=b, D, E]", { environment: { A: "1", B: "a=b", D: "host" } }],
    ["environment: { A: '$D and $$D' }", { environment: { A: "host and $D" } }],
    ['restart: "no"', { restart: { mode: "no", maxRetries: null } }],
    ["restart: on-failure:3", { restart: { mode: "on-failure", maxRetries: 3 } }],
    ["deploy: { restart_policy: {} }", { restart: { mode: "always", maxRetries: null } }],
    [
      "deploy: { restart_policy: { condition: on-failure, max_attempts: '2' } }",
      { restart: { mode: "on-failure", maxRetries: 2 } },
    ],
    [
      "restart: always\ndeploy: { restart_policy: { condition: none } }",
      { restart: { mode: "always", maxRetries: null } },
    ],
    ["stop_grace_period: 1m30s", { stopGraceMs: 90_000 }],
    ["stop_signal: QUIT", { stopSignal: "SIGQUIT" }],
    ["stop_signal: 2", { stopSignal: "SIGINT" }],
    [
      'ports: [80, "8080:81", "127.0.0.1:9000:82/tcp", "53:53/udp"]',
      {
        ports: [
          { host: 0, container: 80 },
          { host: 8080, container: 81 },
          { host: 9000, container: 82 },
        ],
      },
    ],
    [
      'ports: ["3000-3001:4000-4001"]',
      {
        ports: [
          { host: 3000, container: 4000 },
          { host: 3001, container: 4001 },
        ],
      },
    ],
    [
      'ports: [{ target: 80, published: "8080" }, { target: 81 }]',
      {
        ports: [
          { host: 8080, container: 80 },
          { host: 0, container: 81 },
        ],
      },
    ],
    [
      'healthcheck: { test: "pg_isready", interval: 5s, retries: 2 }',
      {
        healthcheck: {
          test: { command: ["/bin/sh", "-c", "pg_isready"] },
          intervalMs: 5000,
          timeoutMs: 30_000,
          retries: 2,
          startPeriodMs: 0,
        },
        ready: "health",
      },
    ],
    ["healthcheck: { test: [NONE] }", { healthcheck: null, ready: "running" }],
    ["healthcheck: { test: [CMD, x], disable: true }", { healthcheck: null }],
    ["x-aegis: { ready: running }", { ready: "running" }],
    ["x-aegis: { ready: /up }", { ready: { http: "/up" } }],
    [
      "x-aegis: { identify: { replica: X-Served-By } }",
      {
        identify: { replica: "x-served-by", version: null },
      },
    ],
    [
      "x-aegis: { process: { command: \"node 'my server.js' --port {port}\", cwd: api } }",
      {
        process: {
          command: ["node", "my server.js", "--port", "{port}"],
          port: null,
          extraPorts: {},
          cwd: "/srv/My Shop/api",
        },
      },
    ],
  ])("%s", (lines, expected) => {
    expect(replicaOf(lines, { env: { D: "host" } })).toMatchObject(expected);
  });
});

describe("a healthcheck written for a container is asked over HTTP when the service is a process", () => {
  const withProcess = (test: string) =>
    replicaOf(`healthcheck: { test: ${test} }\nx-aegis: { process: { command: [a], port: 3000 } }`)
      .healthcheck?.test;

  test.each([
    ['"curl -f http://localhost:3000/health || exit 1"', "/health"],
    ["[CMD, curl, --fail, -s, 'http://127.0.0.1:3000/up?x=1']", "/up?x=1"],
    ["[CMD, wget, --spider, -q, 'localhost:3000']", "/"],
    ['"wget -qO- http://localhost:3000/health || false"', "/health"],
  ])("%s asks %s", (test, http) => expect(withProcess(test)).toEqual({ http }));

  test.each([
    '"curl -f http://localhost:9090/health"',
    '"curl -s http://localhost:3000/health | grep ok"',
    "[CMD, curl, 'https://localhost:3000/health']",
    "[CMD, curl, 'http://db:3000/health']",
    "[CMD, node, check.js]",
  ])("%s stays a command", (test) => expect(withProcess(test)).toHaveProperty("command"));

  test("and stays a command when only a container can run it", () => {
    expect(
      replicaOf("healthcheck: { test: curl localhost:3000/health }").healthcheck?.test,
    ).toEqual({ command: ["/bin/sh", "-c", "curl localhost:3000/health"] });
  });
});

describe("replicas", () => {
  const names = (text: string) =>
    stackOf(text).replicas.map(({ service, name }) => `${service}/${name}`);

  test("a scaled service has numbered ones", () => {
    expect(
      names("services: { web: { scale: 2 }, api: { deploy: { replicas: 3, x-own: 1 } } }"),
    ).toEqual(["web/web-1", "web/web-2", "api/api-1", "api/api-2", "api/api-3"]);
    expect(names("services: { web: {}, off: { scale: 0 } }")).toEqual(["web/web"]);
  });

  test("what is not required of a dependency may be missing, and is waited for where it is there", () => {
    const wait = "{ condition: service_started, required: false }";
    const text = `services:
  a: { depends_on: { off: ${wait}, gone: ${wait}, b: ${wait} } }
  b: {}
  off: { profiles: [x] }`;
    expect(stackOf(text).replicas[0]?.dependsOn).toEqual([{ on: "b", condition: "started" }]);
  });

  test("whoever depends on a service depends on each of its replicas", () => {
    const { replicas } = stackOf(
      "services: { a: { depends_on: { b: { condition: service_healthy } } }, b: { scale: 2 } }",
    );
    expect(replicas[0]?.dependsOn).toEqual([
      { on: "b-1", condition: "healthy" },
      { on: "b-2", condition: "healthy" },
    ]);
  });

  test("only services of active profiles are in it", () => {
    const text = "services: { a: {}, b: { profiles: [debug] }, c: { profiles: [x, debug] } }";
    const active = (options: Partial<ComposeOptions>) =>
      stackOf(text, options).replicas.map(({ name }) => name);
    expect(active({})).toEqual(["a"]);
    expect(active({ profiles: ["debug"] })).toEqual(["a", "b", "c"]);
    expect(active({ env: { COMPOSE_PROFILES: "x,y" } })).toEqual(["a", "c"]);
    expect(active({ profiles: ["*"] })).toEqual(["a", "b", "c"]);
  });
});

describe("extends", () => {
  test("maps are merged, lists appended, the rest replaced, over several steps", () => {
    const { replicas } = stackOf(`
services:
  base:
    restart: always
    environment: { A: base, B: base }
    ports: [80]
    x-aegis: { ready: /ready, process: { command: [a], port: 1 } }
  middle: { extends: base, environment: [B=middle] }
  app:
    extends: { service: middle }
    restart: unless-stopped
    environment: { C: app }
    ports: [81]
    x-aegis: { service: group }
`);
    expect(replicas[2]).toMatchObject({
      service: "group",
      restart: { mode: "unless-stopped" },
      environment: { A: "base", B: "middle", C: "app" },
      ports: [{ container: 80 }, { container: 81 }],
      ready: { http: "/ready" },
    });
  });
});

describe("the project", () => {
  test.each<[string, Partial<ComposeOptions>, string]>([
    ["services: { a: {} }", {}, "myshop"],
    ["name: shop\nservices: { a: {} }", {}, "shop"],
    ["name: shop\nservices: { a: {} }", { env: { COMPOSE_PROJECT_NAME: "env" } }, "env"],
    [
      "name: shop\nservices: { a: {} }",
      { project: "flag", env: { COMPOSE_PROJECT_NAME: "env" } },
      "flag",
    ],
  ])("%s %j is %s", (text, options, name) => expect(stackOf(text, options).project).toBe(name));
});
