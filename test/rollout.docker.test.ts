import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Person } from "./aegis.ts";
import { compose, docker, projectName, projectResidue, removeProject } from "./lab/docker.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** A project of somebody else: nothing in it is for aegis, and nobody says who has answered. */
const PROJECT = projectName("rollout");
const COMPOSE = `services:
  proxy:
    image: nginx:1.28-alpine
    ports: ["80"]
    volumes: ["./nginx.conf:/etc/nginx/conf.d/default.conf:ro"]
    depends_on: [web]
  web:
    image: ${PROJECT}:web
    build: .
    restart: always
    scale: 2
`;
const NGINX = `upstream web { server web:3000 max_fails=0; }
server {
  listen 80;
  location / {
    proxy_connect_timeout 300ms;
    proxy_next_upstream error timeout;
    proxy_pass http://web;
  }
}
`;
const DOCKERFILE = `FROM node:24-bookworm-slim
COPY server.js .
CMD ["node", "server.js"]
`;
const server = (version: string): string => `
let isLeaving = false;
const server = require("node:http").createServer((_, response) => {
  if (isLeaving) response.setHeader("connection", "close");
  response.end("${version}");
}).listen(3000);
process.on("SIGTERM", () => {
  isLeaving = true;
  setTimeout(() => server.close(() => process.exit(0)), 200);
});
`;

const ALLOW = ["--allow", PROJECT];
const BY_READINESS = ["--gate", "ready", "--min-in-service", "200ms", ...ALLOW];
const HOOK = join(import.meta.dirname, "die-at-line.mjs");
const PATIENCE = { timeout: 60_000, interval: 200 };

let person: Person;
let file: string;
let port: string;
let first: string;
beforeAll(async () => {
  person = new Person();
  file = person.write("compose.yml", COMPOSE);
  person.write("nginx.conf", NGINX);
  person.write("Dockerfile", DOCKERFILE);
  person.write("server.js", server("two"));
  await docker("build", "--quiet", "--tag", `${PROJECT}:two`, person.cwd);
  person.write("server.js", server("one"));
  await byHand("up", "--detach", "--build");
  port = (await byHand("port", "proxy", "80")).split(":").at(-1) as string;
  first = await imageId(`${PROJECT}:web`);
});
afterAll(async () => {
  await removeProject(PROJECT);
  const made = ["--filter", `reference=${PROJECT}*`, "--format", "{{.Repository}}:{{.Tag}}"];
  const images = (await docker("image", "ls", ...made)).split("\n");
  await docker("rmi", ...images.filter((name) => name !== ""));
  await person.leave();
});

const byHand = (...args: readonly string[]): Promise<string> =>
  compose(["--project-name", PROJECT, "--file", file, ...args]);
const rollout = (...args: readonly string[]) =>
  person.run("rollout", ...args, "--project", PROJECT);
const imageId = (image: string): Promise<string> =>
  docker("image", "inspect", "--format", "{{.Id}}", image);

/** Name, id and state of each container, helpers and all. */
async function containers(): Promise<readonly string[]> {
  const format = ["--no-trunc", "--format", "{{.Names}} {{.ID}} {{.State}}"];
  const of = (label: string): Promise<string> =>
    docker("ps", "--all", "--filter", `label=${label}=${PROJECT}`, ...format);
  const seen = await Promise.all([of("com.docker.compose.project"), of("aegis.project")]);
  return seen
    .flatMap((text) => text.split("\n"))
    .filter((line) => line !== "")
    .sort();
}

/** What is there, whichever container it is just now. */
const names = async (): Promise<readonly string[]> =>
  (await containers()).map((line) => line.replace(/ [0-9a-f]{64}/, ""));

/** Who answers, through the balancer. */
async function answers(): Promise<readonly string[]> {
  const asked = Array.from({ length: 12 }, async () => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
    return response.text();
  });
  return [...new Set(await Promise.all(asked))].sort();
}

describe("what cannot be is said before anything is touched", () => {
  test.each<[string, readonly string[], number, RegExp]>([
    [
      "nobody has allowed it, and no image is looked for",
      ["web", "--image", "localhost:1/none:1", "--gate", "ready"],
      2,
      /aegis did not start project .*--allow/s,
    ],
    [
      "answers name nobody, and nobody has said that readiness is enough",
      ["web", "--image", `${PROJECT}:two`, ...ALLOW],
      2,
      /answers do not say who gave them.*--gate ready/s,
    ],
    [
      "an image that is nowhere",
      ["web", "--image", "localhost:1/none:1", ...BY_READINESS],
      4,
      /localhost:1\/none:1 is not here and cannot be pulled/,
    ],
    [
      "no name of an image",
      ["web", "--image", "Web::2", ...BY_READINESS],
      2,
      /no name of an image/,
    ],
    [
      "a service without sources",
      ["proxy", "--build", ...BY_READINESS],
      2,
      /nothing is built for proxy/,
    ],
    [
      "a version that nobody has named",
      ["web", "--to", "v2", ...BY_READINESS],
      2,
      /no version "v2"/,
    ],
    [
      "one container beside another",
      ["web", "--image", `${PROJECT}:two`, "--strategy", "surge", ...BY_READINESS],
      4,
      /no surge of web-1/,
    ],
  ])("%s", async (_, args, exit, said) => {
    const before = await containers();
    const { code, stdout, stderr } = await rollout(...args);
    expect(code, stdout + stderr).toBe(exit);
    expect(stderr).toMatch(said);
    expect(await containers()).toEqual(before);
  });
});

test("another image, replica by replica, and back: nobody notices, and nothing is left beside", async () => {
  const there = await names();
  const to = ["--image", `${PROJECT}:two`, ...BY_READINESS];
  const { code, stdout } = await rollout("web", ...to, "--assert", "failed == 0");
  expect(code, stdout).toBe(0);
  expect(await answers()).toEqual(["two"]);
  expect(await names()).toEqual(there);
  const again = await rollout("web", ...to);
  expect(again.stdout).toContain("runs already");
  expect(again.code).toBe(0);
  const back = await rollout("--undo", ...ALLOW);
  expect(back.code, back.stdout).toBe(0);
  expect(await answers()).toEqual(["one"]);
  expect(await names()).toEqual(there);
});

test("a build of changed sources: the new code answers, the old image stays for the way back", async () => {
  person.write("server.js", server("three"));
  const { code, stdout } = await rollout("web", "--build", ...BY_READINESS);
  expect(code, stdout).toBe(0);
  expect(await answers()).toEqual(["three"]);
  const rolledOut = await containers();
  expect(await imageId(`${PROJECT}:web`)).toBe(first);
  await byHand("up", "--detach");
  expect(await containers()).toEqual(rolledOut);
  const back = await rollout("web", "--undo", ...ALLOW);
  expect(back.code, back.stdout).toBe(0);
  expect(await answers()).toEqual(["one"]);
});

test("an image that does not stay up is taken back", async () => {
  person.write("server.js", "setTimeout(() => process.exit(3), 1500);");
  const before = await containers();
  const built = () => docker("image", "ls", "--quiet", `${PROJECT}-web`);
  const kept = await built();
  const { code, stdout, stderr } = await rollout("web", "--build", "--gate", "ready", ...ALLOW);
  expect(code, stdout).toBe(1);
  expect(stderr).toMatch(/removed the image \S+-web:aegis-\w+: nothing runs it/);
  expect(await built()).toBe(kept);
  expect(stdout).toMatch(/the new web-1 died/);
  expect(await answers()).toEqual(["one"]);
  const second = (lines: readonly string[]) => lines.find((line) => /web[_-]2/.test(line));
  expect(second(await containers())).toBe(second(before));
});

describe("kill -9 of aegis", () => {
  test.each([
    ["between stop and start", "journal note rollout drained"],
    ["while the new one proves itself", "journal note rollout ready"],
    ["when one of two was accepted", "journal note rollout accepted"],
  ])("%s: all run again by themselves, and heal makes them what they were", async (_, line) => {
    const there = await names();
    Object.assign(person.env, { NODE_OPTIONS: `--import=${HOOK}`, E2E_DIE_AT: line });
    const dying = rollout("web", "--image", `${PROJECT}:two`, ...BY_READINESS);
    for (const name of ["NODE_OPTIONS", "E2E_DIE_AT"]) delete person.env[name];
    const { signal, stdout } = await dying;
    expect(signal, stdout).toBe("SIGKILL");
    await vi.waitFor(async () => expect(await names()).toEqual(there), PATIENCE);
    const status = await rollout("--status");
    expect(status.stdout).toContain("killed half-way");
    const healed = await person.run("heal");
    expect(healed.code, healed.stdout + healed.stderr).toBe(0);
    expect(await answers()).toEqual(["one"]);
    expect(await names()).toEqual(there);
    expect(person.ledger()).toEqual([]);
    expect((await projectResidue(PROJECT)).filter((one) => /helper/.test(one))).toEqual([]);
  });
});
