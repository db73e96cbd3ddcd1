import { describe, expect, test } from "vitest";
import { formatProblem } from "../kit/problem.ts";
import { refusalsForProcesses } from "./parse.ts";
import { parse } from "./testing/compose-text.ts";

const refusalsOf = (text: string) => refusalsForProcesses(parse(text)).map(formatProblem);

describe("what a plain process cannot have is refused by name, for services that would be one", () => {
  const service = (lines: string) =>
    `services:\n  a:\n    x-aegis: { process: { command: [a] } }\n    ${lines}\n`;

  test.each([
    ["volumes: [data:/data]", "services.a.volumes[0]", 4],
    ["volumes: [./src:/src]", "services.a.volumes[0]", 4],
    ["cap_add: [NET_ADMIN]", "services.a.cap_add", 4],
    ["privileged: true", "services.a.privileged", 4],
    ["deploy: { resources: { limits: { cpus: '1' } } }", "services.a.deploy.resources", 4],
    ["networks: { back: { aliases: [x] } }", "services.a.networks.back.aliases", 4],
    ["mem_limit: 1g", "services.a.mem_limit", 4],
    ["network_mode: none", "services.a.network_mode", 4],
    ["user: nobody", "services.a.user", 4],
    ["ports: ['53:53/udp']", "services.a.ports[0]", 4],
    ["ports: [80, { target: 53, protocol: udp }]", "services.a.ports[1]", 4],
    [
      "healthcheck: { test: [NONE], start_interval: 1s }",
      "services.a.healthcheck.start_interval",
      4,
    ],
    [
      "depends_on: { a2: { condition: service_started, restart: true, required: false } }",
      "services.a.depends_on.a2.restart",
      4,
    ],
  ])("%s", (lines, path, line) => {
    const [refusal, ...others] = refusalsOf(service(lines));
    expect(others).toEqual([]);
    expect(refusal).toContain(`c.yml:${line}:`);
    expect(refusal).toContain(` ${path}: a asks for what a plain process cannot have: `);
    expect(refusalsOf(`services:\n  a:\n    ${lines}\n`)).toEqual([]);
  });

  test.each([
    "image: x",
    "build: { context: . }",
    "command: [a, b]",
    "networks: [default, back]",
    "networks: { default: }",
    "volumes: [./nginx.conf:/etc/nginx/nginx.conf:ro]",
    "volumes: [{ type: bind, source: ./a, target: /a, read_only: true }]",
    "privileged: false",
    "cap_add: []",
    "deploy: { replicas: 1, update_config: { order: start-first } }",
    "labels: { a: b }",
    "ports: ['80', '8080:80/tcp', { target: 81, protocol: tcp }]",
    "healthcheck: { test: [NONE], start_period: 1s }",
    "depends_on: { a2: { condition: service_started, restart: false, required: false } }",
    "deploy: { restart_policy: { condition: on-failure, delay: 5s } }",
    "network_mode: host",
    "x-own: { anything: goes }",
  ])("%s does no harm", (lines) => expect(refusalsOf(service(lines))).toEqual([]));

  test("also when it is inherited, where it is written", () => {
    expect(
      refusalsOf(
        "services:\n  base:\n    privileged: true\n  a: { extends: base, x-aegis: { process: { command: [a] } } }\n",
      ),
    ).toEqual([
      "c.yml:3:5: services.base.privileged: a asks for what a plain process cannot have: it runs as you; remove it, or leave it to another compose file",
    ]);
  });
});
