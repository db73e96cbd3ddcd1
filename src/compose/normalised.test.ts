import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ImageFacts, ReplicaSpec, Stack } from "../model/stack.ts";
import { normalisedAtAGlance } from "./glance.ts";
import { type NormalisedOptions, parseNormalised } from "./normalised.ts";

const read = (name: string): string =>
  readFileSync(new URL(`../../fixtures/compose-config/${name}`, import.meta.url), "utf8");

/** What `docker-compose` 1.29 and `docker compose` 2.40 have printed of the same files. */
const PRINTED = { "version 1": "v1.yaml", "version 2": "v2.yaml" } as const;

const CHECK: ImageFacts["healthcheck"] = {
  test: { command: ["/alive"] },
  intervalMs: 5000,
  timeoutMs: 1000,
  retries: 2,
  startPeriodMs: 0,
};
const IMAGES = new Map<string, ImageFacts>([
  ["redis:7-alpine", { healthcheck: null, ports: [6379] }],
  ["nginx:1.28-alpine", { healthcheck: CHECK, ports: [80] }],
]);

function stackOf(normalised: string, changes: Partial<NormalisedOptions> = {}): Stack {
  return parseNormalised({
    normalised,
    files: [{ path: "/srv/shop/docker-compose.yml", text: read("docker-compose.yml") }],
    directory: "/srv/shop",
    env: {},
    project: null,
    profiles: [],
    readFile: () => read("base.yml"),
    imagesHere: () => IMAGES,
    numbersOf: () => ({ there: new Map(), before: [] }),
    ...changes,
  });
}

function replica(stack: Stack, name: string): ReplicaSpec {
  return stack.replicas.find((each) => each.name === name) as ReplicaSpec;
}

describe.each(Object.entries(PRINTED))("what %s of compose prints", (_, file) => {
  const stack = stackOf(read(file));

  test("is the services that are switched on, in the order of their file, scaled as declared", () => {
    expect(stack.replicas.map(({ name }) => name)).toEqual(["web-1", "web-2", "cache", "migrate"]);
    expect(stack.replicas.map(({ container }) => container?.number)).toEqual([1, 2, 1, 1]);
    expect(stack.profiles).toEqual([]);
  });

  test("has its times, conditions and ports read", () => {
    expect(replica(stack, "web-2")).toMatchObject({
      restart: { mode: "unless-stopped" },
      stopGraceMs: 60_000,
      dependsOn: [{ on: "cache", condition: "started" }],
      healthcheck: { intervalMs: 90_000, timeoutMs: 500, retries: 4, startPeriodMs: 5000 },
      ports: expect.arrayContaining([
        { host: 8080, container: 80 },
        { host: 0, container: 7000 },
      ]),
      container: { service: "web", image: "nginx:1.28-alpine", port: 80 },
    });
    expect(replica(stack, "web-2").ports).toHaveLength(2);
    expect(replica(stack, "cache")).toMatchObject({
      restart: { mode: "on-failure", maxRetries: 5 },
      dependsOn: [{ on: "migrate", condition: "completed" }],
    });
  });

  test("keeps what aegis is told, also through a service of another file, where compose itself drops it", () => {
    const { service, ready, versions } = replica(stack, "web-1");
    expect({ service, ready }).toEqual({ service: "site", ready: { http: "/health" } });
    expect(versions).toMatchObject({ v2: { name: "v2", env: { PRICE: "5$" } } });
    expect(stack.entry).toBe("site");
  });

  test("has from the image what the file leaves to it", () => {
    expect(replica(stack, "cache").container).toMatchObject({ port: 6379 });
    expect(replica(stack, "cache")).toMatchObject({ healthcheck: null, readyUntold: true });
    expect(replica(stack, "migrate").container?.unseen).toBe(true);
    expect(replica(stack, "migrate").healthcheck).toBeNull();
  });

  test("leaves no secret in the stack", () => {
    expect(read(file)).toMatch(/swordfish|xyzzy/);
    expect(JSON.stringify(stack)).not.toMatch(/swordfish|xyzzy/);
  });
});

describe("names of projects", () => {
  test("are those that compose prints, unless one is asked for", () => {
    expect(stackOf(read("v2.yaml")).project).toBe("fixture");
    expect(stackOf(read("v1.yaml")).project).toBe("shop");
    expect(stackOf(read("v2.yaml"), { project: "other" }).project).toBe("other");
  });
});

describe("the replicas of a service with containers are numbered as these are", () => {
  const numbersOf = (there: readonly number[], ...before: (readonly number[])[]) => {
    const web = (numbers: readonly number[]) => new Map([["web", numbers]]);
    const known = { there: web(there), before: before.map(web) };
    return stackOf(read("v2.yaml"), { numbersOf: () => known })
      .replicas.filter(({ container }) => container?.service === "web")
      .map(({ name, container }) => [name, container?.number]);
  };

  test.each<[string, readonly number[], readonly number[][], readonly number[]]>([
    ["from 1 where nothing speaks against it", [1, 2], [], [1, 2]],
    ["with those that are missing", [2], [], [1, 2]],
    ["with a gap", [1, 3], [], [1, 3]],
    ["after the highest, where some are still to be made", [3], [], [3, 4]],
    ["as aegis knew them, where it has some to bring back", [3], [[1, 3]], [1, 3]],
    ["from 1 again when they were made anew since", [1, 2], [[1, 3]], [1, 2]],
    ["without those that are too many", [1, 2, 3], [[1, 2, 3]], [1, 2]],
  ])("%s", (_, there, before, numbers) => {
    expect(numbersOf(there, ...before)).toEqual(numbers.map((one) => [`web-${one}`, one]));
  });

  test("also where only one is declared", () => {
    const there = new Map([["cache", [3]]]);
    const stack = stackOf(read("v2.yaml"), { numbersOf: () => ({ there, before: [] }) });
    expect(replica(stack, "cache").container?.number).toBe(3);
  });

  test("from 1 where the project is not there, whatever aegis knew of it", () => {
    const before = [new Map([["web", [1, 3]]])];
    const stack = stackOf(read("v2.yaml"), { numbersOf: () => ({ there: new Map(), before }) });
    expect(replica(stack, "web-2").container?.number).toBe(2);
  });
});

test("a profile switches its services on", () => {
  for (const file of ["v1.yaml", "v2-tools.yaml"]) {
    const stack = stackOf(read(file), { profiles: ["tools"] });
    expect(stack.replicas.slice(-3).map(({ name }) => name)).toEqual([
      "a-tool-1",
      "a-tool-2",
      "a-tool-3",
    ]);
    expect(replica(stack, "a-tool-1")).toMatchObject({ ready: "running" });
    expect(replica(stack, "a-tool-1").readyUntold).toBeUndefined();
  }
});

test("a port that is left to Docker is any free one", () => {
  const ports = "[{ target: 80, published: 0 }, { target: 81, published: '0' }, { target: 82 }]";
  const text = `services: { web: { image: x, ports: ${ports} } }`;
  const stack = stackOf(text, { files: [{ path: "/c.yml", text }] });
  expect(replica(stack, "web").ports).toEqual(
    [80, 81, 82].map((container) => ({ host: 0, container })),
  );
});

describe("images", () => {
  const one = (service: string) => `services: { web: ${service} }`;
  const webOf = (service: string) =>
    replica(stackOf(one(service), { files: [{ path: "/c.yml", text: one(service) }] }), "web");

  test.each([
    ["{ image: 'nginx:1.28-alpine' }", { command: ["/alive"] }],
    ["{ image: 'nginx:1.28-alpine', healthcheck: { disable: true } }", undefined],
    ["{ image: 'nginx:1.28-alpine', healthcheck: { test: [NONE] } }", undefined],
    ["{ image: 'nginx:1.28-alpine', healthcheck: { interval: 3s } }", { command: ["/alive"] }],
    ["{ image: 'redis:7-alpine' }", undefined],
  ])("%s is checked by %o", (service, check) => {
    expect(webOf(service).healthcheck?.test).toEqual(check);
  });

  test("their healthcheck with the times of the file", () => {
    const service = "{ image: 'nginx:1.28-alpine', healthcheck: { interval: 3s } }";
    expect(webOf(service).healthcheck).toMatchObject({ intervalMs: 3000, retries: 2 });
    expect(webOf(service).ready).toBe("health");
  });

  test("one that is not here leaves open what it has", () => {
    expect(webOf("{ image: 'far:1' }").container?.unseen).toBe(true);
    const told = "{ image: 'far:1', ports: ['80'], healthcheck: { test: 'true' } }";
    expect(webOf(told).container?.unseen).toBeUndefined();
  });
});

describe("what Docker has accepted is not refused", () => {
  test.each([
    ["unknown keys", "{ image: x, brand_new: { key: 1 }, networks: { default: null } }"],
    [
      "values we cannot read",
      "{ image: x, stop_signal: SIGRTMIN+3, ports: [{ target: 80, published: '80-90' }] }",
    ],
    [
      "nothing where something could be",
      "{ image: x, depends_on: null, healthcheck: null, deploy: null }",
    ],
    [
      "a map of dependencies with more in it",
      "{ image: x, depends_on: { y: { condition: service_started, restart: true, new: 1 } } }",
    ],
  ])("%s", (_, service) => {
    const text = `services: { web: ${service}, y: { image: x } }`;
    const stack = stackOf(text, { files: [{ path: "/c.yml", text }] });
    expect(stack.replicas.map(({ name }) => name)).toEqual(["web", "y"]);
  });

  test("a file that our own parser does not read, for want of places only", () => {
    const files = [{ path: "/c.yml", text: "services:\n\tweb: { image: x }\n" }];
    expect(stackOf("services: { web: { image: x } }", { files }).replicas).toHaveLength(1);
  });
});

describe("what stands under x-aegis can be wrong, and is shown where it is written", () => {
  const problems = (text: string, normalised = text): string => {
    try {
      stackOf(normalised, { files: [{ path: "/c.yml", text }] });
      return "";
    } catch (thrown) {
      return (thrown as Error).message;
    }
  };

  test.each([
    [
      "services:\n  web:\n    image: x\n    x-aegis:\n      redy: /r\n",
      '/c.yml:5:7: services.web.x-aegis.redy: unknown key; did you mean "ready"?',
    ],
    [
      "services:\n  web:\n    image: x\n    x-aegs: {}\n",
      '/c.yml:4:5: services.web.x-aegs: unknown key; did you mean "x-aegis"?',
    ],
    [
      "services:\n  a: { image: x, x-aegis: { entry: true } }\n  b: { image: x, x-aegis: { entry: true } }\n",
      '"a" is the entry already',
    ],
  ])("%j", (text, said) => {
    expect(problems(text)).toContain(said);
  });
});

test("of several files the later ones say more about aegis", () => {
  const base = "services: { web: { image: x, x-aegis: { ready: /a, service: site } } }";
  const over = "services: { web: { x-aegis: { ready: /b } } }";
  const stack = stackOf("services: { web: { image: x } }", {
    files: [
      { path: "/c.yml", text: base },
      { path: "/c.override.yml", text: over },
    ],
  });
  expect(stack).toMatchObject({ file: "/c.yml", overrides: ["/c.override.yml"] });
  expect(replica(stack, "web")).toMatchObject({ service: "site", ready: { http: "/b" } });
});

test("at a glance a simple file is the same stack as by compose", () => {
  const text = `services:
  web: { image: x, command: echo $$HOME, environment: { A: "\${A}" }, scale: 2, ports: ["\${PORT}:80"], restart: always, x-aegis: { ready: "/$$r" } }
  db: { image: "y:\${TAG:-1}", depends_on: [web], profiles: [data] }
`;
  const printed = `name: n
services:
  db: { image: "y:1", depends_on: { web: { condition: service_started, required: true } }, profiles: [data], networks: { default: null } }
  web: { image: x, command: [echo, $$HOME], environment: { A: a }, scale: 2, ports: [{ mode: ingress, target: 80, published: "90", protocol: tcp }], restart: always, networks: { default: null }, x-aegis: { ready: "/$$r" } }
`;
  const env = { A: "a", PORT: "90" };
  const given = { env, files: [{ path: "/c.yml", text }], profiles: ["data"], project: "n" };
  const seen = normalisedAtAGlance(text, "/c.yml", env) ?? "";
  expect(stackOf(seen, given)).toEqual(stackOf(printed, given));
  expect(stackOf(seen, given).replicas).toHaveLength(3);
  expect(normalisedAtAGlance("services: { a: { extends: b }, b: {} }", "/c.yml", {})).toBeNull();
});
