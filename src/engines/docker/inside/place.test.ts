import { expect, test } from "vitest";
import type { Project } from "../project.ts";
import { nameInside, needFor } from "./place.ts";

interface Made {
  readonly name: string;
  /** Of aegis; absent: the compose service. */
  readonly service?: string;
  readonly compose?: string;
  readonly state?: string;
  /** Container ports that are published now. */
  readonly published?: readonly number[];
  /** Those that are published by declaration. */
  readonly declared?: readonly number[];
  readonly ip?: string;
}

/** A project of such replicas, each with a container and port 80. */
function projectOf(remote: string | null, ...replicas: readonly Made[]): Project {
  const records = replicas.map((made) => {
    const { name, compose = name, service = compose, state = "running", ip = "172.18.0.2" } = made;
    const ports = (made.declared ?? []).map((container) => ({ host: 0, container }));
    const published = new Map((made.published ?? []).map((port) => [port, []]));
    return {
      spec: { name, service, container: { service: compose, port: 80 }, process: null, ports },
      container: { name: `p-${name}`, ip, published, exposed: [8080] },
      state,
    };
  });
  return { client: { remote }, watch: async () => ({ records }) } as unknown as Project;
}

const WEB = { compose: "web", service: "web" };
const SCALED = projectOf(null, { name: "web-1", ...WEB }, { name: "web-2", ...WEB });
const SEPARATE = projectOf(
  null,
  { name: "app1", service: "app", state: "exited" },
  { name: "app2", service: "app" },
);

test.each([
  [
    "a service is known by its compose service, which means all its containers",
    SCALED,
    "web",
    "web",
  ],
  ["one container of several is known by its own name", SCALED, "web-2", "p-web-2"],
  ["the only one is known by its service", SEPARATE, "app1", "app1"],
  ["of several compose services it is the first that runs", SEPARATE, "app", "app2"],
])("%s", async (_, project, service, host) => {
  expect(await nameInside(project, service, null)).toEqual({ host, port: 80 });
  expect(await nameInside(project, service, 8080)).toEqual({ host, port: 8080 });
});

test("a service or a port that nobody declares is refused", async () => {
  for (const port of [null, 9]) {
    const asked = nameInside(SCALED, port === null ? "wep" : "web", port);
    await expect(asked).rejects.toMatchObject({ code: "INVALID_INPUT" });
  }
});

test.each([
  ["a port that is published needs no inside", { published: [80] }, null],
  ["nor one that is declared so, before it runs", { declared: [80] }, null],
  ["nor what shares the network of the machine", { ip: "127.0.0.1" }, null],
  ["one that is not does", {}, "port 80 of web is not published"],
  ["also where another one is", { published: [8080] }, "port 80 of web is not published"],
])("%s", async (_, made, why) => {
  expect(await needFor(projectOf(null, { name: "web", ...made }), "web", null)).toBe(why);
});

test("containers elsewhere are measured where they are", async () => {
  const project = projectOf("far.example", { name: "web", published: [80] });
  expect(await needFor(project, "web", 80)).toBe("containers run on far.example");
});
