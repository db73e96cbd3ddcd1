import { describe, expect, test } from "vitest";
import type { Inspected } from "./inspected.ts";
import { LABEL, originOf, stackOfContainers } from "./running-stack.ts";

/** As `docker inspect` shows what `docker compose up` has made. */
function container(
  service: string,
  number: number,
  {
    labels = {},
    config = {},
    host = {},
  }: {
    labels?: Record<string, string>;
    config?: Partial<Inspected["Config"]>;
    host?: Partial<Inspected["HostConfig"]>;
  } = {},
): Inspected {
  return {
    Id: `${service}${number}`,
    Config: {
      Image: "shop",
      Labels: {
        [LABEL.project]: "shop",
        [LABEL.service]: service,
        [LABEL.number]: String(number),
        [LABEL.oneoff]: "False",
        ...labels,
      },
      ...config,
    },
    HostConfig: { RestartPolicy: { Name: "no", MaximumRetryCount: 0 }, PortBindings: {}, ...host },
  };
}

const PLACE = { file: null, directory: "/srv/shop", told: (_: string, spec: never) => spec };

function stackOf(...containers: Inspected[]) {
  return stackOfContainers(containers, "shop", PLACE);
}

describe("a project that runs, from its containers alone", () => {
  test("one is called as its service, several have their numbers, however they come", () => {
    const stack = stackOf(
      container("web", 10),
      container("db", 1),
      container("web", 2),
      container("web", 3, { labels: { [LABEL.oneoff]: "True" } }),
    );
    expect(stack.replicas.map(({ name, service }) => `${name} of ${service}`)).toEqual([
      "db of db",
      "web-2 of web",
      "web-10 of web",
    ]);
    expect(stack.replicas.map(({ container: spec }) => spec?.number)).toEqual([1, 2, 10]);
    expect(stack).toMatchObject({ project: "shop", file: null, profiles: [] });
  });

  test("its ports: as they were asked for, the lowest first; what is only exposed is where it listens", () => {
    const [cache, web] = stackOf(
      container("web", 1, {
        host: {
          PortBindings: {
            "9100/tcp": [{ HostPort: "" }],
            "80/tcp": [{ HostPort: "8080" }],
            "53/udp": [{ HostPort: "53" }],
          },
        },
      }),
      container("cache", 1, { config: { ExposedPorts: { "6379/tcp": {} } } }),
    ).replicas;
    expect(web?.ports).toEqual([
      { host: 8080, container: 80 },
      { host: 0, container: 9100 },
    ]);
    expect(web?.container?.port).toBe(80);
    expect(cache?.ports).toEqual([]);
    expect(cache?.container?.port).toBe(6379);
  });

  test.each([
    [
      { Name: "always", MaximumRetryCount: 0 },
      { mode: "always", maxRetries: null },
    ],
    [
      { Name: "on-failure", MaximumRetryCount: 3 },
      { mode: "on-failure", maxRetries: 3 },
    ],
    [
      { Name: "on-failure", MaximumRetryCount: 0 },
      { mode: "on-failure", maxRetries: null },
    ],
    [
      { Name: "", MaximumRetryCount: 0 },
      { mode: "no", maxRetries: null },
    ],
    [null, { mode: "no", maxRetries: null }],
  ])("its restart policy %o", (RestartPolicy, restart) => {
    expect(stackOf(container("web", 1, { host: { RestartPolicy } })).replicas[0]?.restart).toEqual(
      restart,
    );
  });

  test("its healthcheck, also that of its image; without one only that it runs is known", () => {
    const Healthcheck = { Test: ["CMD-SHELL", "curl x"], Interval: 5e9, Retries: 2 };
    const [checked, off, bare] = stackOf(
      container("a", 1, { config: { Healthcheck } }),
      container("b", 1, { config: { Healthcheck: { Test: ["NONE"] } } }),
      container("c", 1),
    ).replicas;
    expect(checked).toMatchObject({
      ready: "health",
      healthcheck: {
        test: { command: ["/bin/sh", "-c", "curl x"] },
        intervalMs: 5000,
        timeoutMs: 30_000,
        retries: 2,
      },
    });
    expect(checked?.readyUntold).toBeUndefined();
    for (const spec of [off, bare]) {
      expect(spec).toMatchObject({ healthcheck: null, ready: "running", readyUntold: true });
    }
  });

  test("how it is stopped", () => {
    const [given, usual] = stackOf(
      container("a", 1, { config: { StopSignal: "SIGQUIT", StopTimeout: 3 } }),
      container("b", 1),
    ).replicas;
    expect(given).toMatchObject({ stopSignal: "SIGQUIT", stopGraceMs: 3000 });
    expect(usual).toMatchObject({ stopSignal: "SIGTERM", stopGraceMs: 10_000 });
  });

  test("what it depends on, where compose 2 has labelled it", () => {
    const dependsOn = "db:service_healthy:true,gone:service_started:false";
    const [, , web] = stackOf(
      container("web", 1, { labels: { [LABEL.dependsOn]: dependsOn } }),
      container("db", 1),
      container("db", 2),
    ).replicas;
    expect(web?.dependsOn).toEqual([
      { on: "db-1", condition: "healthy" },
      { on: "db-2", condition: "healthy" },
    ]);
  });

  test("no environment, whatever the containers have", () => {
    const secret = container("web", 1, { config: { Env: ["PASSWORD=swordfish"] } as never });
    expect(JSON.stringify(stackOf(secret))).not.toContain("swordfish");
  });
});

test("where it comes from", () => {
  const labels = { [LABEL.directory]: "/srv/shop", [LABEL.files]: "a.yml,/x/b.yml" };
  expect(originOf([container("web", 1, { labels })])).toEqual({
    directory: "/srv/shop",
    files: ["a.yml", "/x/b.yml"],
  });
  const piped = container("web", 1, { labels: { [LABEL.files]: "-" } });
  expect(originOf([piped])).toEqual({ directory: null, files: [] });
});
