import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Person } from "./aegis.ts";
import { docker, projectName, projectResidue, removeProject } from "./lab/docker.ts";
import { type Gate, openGateAt } from "./lab/gate.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PROJECT = projectName("remote");
/** A network whose gateway is an address of this machine that nobody outside of it reaches. */
const BRIDGE = `${PROJECT}-bridge`;
const SERVE = `require("http").createServer((_, answer) => answer.end("ok")).listen(3000);
process.on("SIGTERM", () => process.exit(0));`;
const COMPOSE = `services:
  web:
    image: node:24-bookworm-slim
    command: [node, -e, ${JSON.stringify(SERVE)}]
    restart: always
    ports: ["3000"]
`;
const SCENARIO = `version: 1
name: far away
stack: { compose: compose.yml, project: ${PROJECT} }
traffic: { main: { url: http://web/, rate: 20/s, timeout: 3s } }
phases: { warmup: 300ms, baseline: 1s, recovery: 1s }
steady: { checks: [main.success >= 20%] } # a busy machine is no reason not to begin
steps:
  - { id: freeze, do: pause, target: { service: web }, at: 0s, for: 1s }
assert: [main.success >= 20%]
`;

/** Over TCP, at an address that is not loopback: as far as aegis can know, another machine. */
let host: string;
let gate: Gate | undefined;
let person: Person;
let file: string;
beforeAll(async () => {
  await docker("network", "create", BRIDGE);
  host = await docker(
    "network",
    "inspect",
    BRIDGE,
    "--format",
    "{{(index .IPAM.Config 0).Gateway}}",
  );
  gate = await openGateAt(host);
  person = new Person({ env: { DOCKER_HOST: gate.url } });
  person.write("compose.yml", COMPOSE);
  file = person.write("s.yaml", SCENARIO);
});
afterAll(async () => {
  await removeProject(PROJECT);
  await gate?.close();
  await person.leave();
  await docker("network", "rm", BRIDGE);
});

test("a daemon on another machine is named, and nothing is harmed on it without leave", async () => {
  const { code, stderr } = await person.run("chaos", "run", file);
  expect(code, stderr).toBe(2);
  expect(stderr).toContain(host);
  expect(stderr).toContain(`--allow ${PROJECT}`);
  expect(await projectResidue(PROJECT)).toEqual([]);
});

test("with leave the whole run is over there, measured from inside, and nothing is left", async () => {
  const { code, stdout, stderr } = await person.run("chaos", "run", file, "--allow", PROJECT);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  expect(stderr).toContain(host);
  expect(stdout).toMatch(/seen from inside/);
  expect(person.header()).toMatchObject({ vantage: "inside", engine: "docker" });
  expect(await projectResidue(PROJECT)).toEqual([]);
});
