import { describe, expect, test } from "vitest";
import { problemsOf } from "./testing/compose-text.ts";

describe("a mistake is told at its line with what to do", () => {
  test.each<[string, string, string[]]>([
    [
      "an unknown key",
      "services:\n  app:\n    enviroment: {}\n",
      ['c.yml:3:5: services.app.enviroment: unknown key; did you mean "environment"?'],
    ],
    [
      "an unknown key of ours",
      "services:\n  app:\n    x-aegis:\n      redy: /\n",
      ['c.yml:4:7: services.app.x-aegis.redy: unknown key; did you mean "ready"?'],
    ],
    [
      "our key misspelt",
      "services:\n  app:\n    x-agis: {}\n",
      ['c.yml:3:5: services.app.x-agis: unknown key; did you mean "x-aegis"?'],
    ],
    [
      "our key at the top",
      "x-aegis: {}\nservices:\n  app: {}\n",
      ["c.yml:1:1: x-aegis: unknown key; x-aegis belongs into a service"],
    ],
    [
      "an unknown key at the top",
      "service:\n  app: {}\n",
      ['c.yml:1:1: service: unknown key; did you mean "services"?'],
    ],
    [
      "a dependency that is none",
      "services:\n  a: { depends_on: [bb] }\n  b: {}\n",
      [
        'c.yml:2:21: services.a.depends_on[0]: depends on "bb", which is no service; did you mean "b"?',
      ],
    ],
    [
      "a cycle",
      "services:\n  a: { depends_on: [b] }\n  b: { depends_on: [c] }\n  c: { depends_on: [b] }\n",
      [
        "c.yml:3:21: services.b.depends_on[0]: services wait for each other: b -> c -> b; remove one of these dependencies",
      ],
    ],
    [
      "a dependency without its profile",
      "services:\n  a:\n    depends_on: [b]\n  b: { profiles: [x] }\n",
      [
        'c.yml:3:18: services.a.depends_on[0]: depends on "b", whose profile is not active; add --profile x',
      ],
    ],
    [
      "a condition that is none",
      "services:\n  a: { depends_on: { b: { condition: service_helthy } } }\n  b: {}\n",
      [
        'c.yml:2:38: services.a.depends_on.b.condition: expected "service_started" or "service_healthy" or "service_completed_successfully", got "service_helthy"; did you mean "service_healthy"?',
      ],
    ],
    [
      "a duration without a unit",
      'services:\n  a: { stop_grace_period: "10" }\n',
      [
        'c.yml:2:28: services.a.stop_grace_period: expected a duration with its unit, such as 10s or 1m30s, got "10"; write "10s" or "10ms"',
      ],
    ],
    [
      "a restart policy that YAML reads as false",
      "services:\n  a: { restart: false }\n",
      [
        'c.yml:2:17: services.a.restart: expected "no", "always", "on-failure" or "unless-stopped", got false (write it in quotes: "no")',
      ],
    ],
    [
      "a signal that is none",
      "services:\n  a: { stop_signal: SIGTREM }\n",
      [
        'c.yml:2:21: services.a.stop_signal: expected a signal, got "SIGTREM"; did you mean "SIGTERM"?',
      ],
    ],
    [
      "a port that is none",
      'services:\n  a: { ports: ["80:x"] }\n',
      [
        'c.yml:2:17: services.a.ports[0]: expected a port such as 80, 8080:80 or 127.0.0.1:8080:80, got "80:x"',
      ],
    ],
    [
      "an extension of nothing",
      "services:\n  a: { extends: bas }\n  base: {}\n",
      ['c.yml:2:17: services.a.extends: extends "bas", which is no service; did you mean "base"?'],
    ],
    [
      "an extension of itself",
      "services:\n  a: { extends: b }\n  b: { extends: a }\n",
      [
        "c.yml:2:17: services.a.extends: extends itself: a -> b -> a",
        "c.yml:3:17: services.b.extends: extends itself: b -> a -> b",
      ],
    ],
    [
      "a command that needs a shell",
      'services:\n  a: { x-aegis: { process: { command: "a | b" } } }\n',
      [
        "c.yml:2:40: services.a.x-aegis.process.command: \"|\" needs a shell, and commands are run without one; quote it if it is meant literally, or run sh -c '...'",
      ],
    ],
    [
      "a ready path without a port",
      "services:\n  a: { x-aegis: { ready: /up, process: { command: [a] } } }\n",
      [
        "c.yml:2:26: services.a.x-aegis.ready: /up cannot be asked: x-aegis.process has no port; add the port to x-aegis.process",
      ],
    ],
    [
      "ready by a healthcheck that is none",
      "services:\n  a: { x-aegis: { ready: health } }\n",
      [
        "c.yml:2:26: services.a.x-aegis.ready: there is no healthcheck that could tell; add a healthcheck, or a path such as ready: /ready",
      ],
    ],
    [
      "two entries",
      "services:\n  a: { x-aegis: { entry: true } }\n  b: { x-aegis: { entry: true } }\n",
      ['c.yml:3:26: services.b.x-aegis.entry: "a" is the entry already; mark only one service'],
    ],
    [
      "a name that could mean two things",
      "services:\n  app: {}\n  app2: { x-aegis: { service: app } }\n",
      [
        'c.yml:2:3: services.app: "app" is the name of this replica and of a service with 2 in it; rename one of them: "app" in a target could mean either',
      ],
    ],
    [
      "a host port for several",
      "services:\n  a: { scale: 2, ports: ['80:80'] }\n",
      [
        'c.yml:2:25: services.a.ports: 2 replicas cannot all publish port 80; publish "80" on any free port, or put a balancer in front',
      ],
    ],
    [
      "a port declared twice",
      "services:\n  a: { x-aegis: { process: { command: [a], port: 1, ports: { control: 1 } } } }\n",
      [
        "c.yml:2:71: services.a.x-aegis.process.ports.control: port 1 is declared twice; give each its own number",
      ],
    ],
    [
      "another file",
      "include: [b.yml]\nservices:\n  a: { extends: { file: b.yml, service: b } }\n",
      [
        "c.yml:1:1: include: other files are not read; write one file with `docker compose config > merged.yaml` and use that",
        "c.yml:3:17: services.a.extends: extends a service of another file, which is not read; write one file with `docker compose config > merged.yaml` and use that",
      ],
    ],
    [
      "a missing file of variables",
      "services:\n  a: { env_file: /no/such.env }\n",
      [
        "c.yml:2:18: services.a.env_file: cannot read /no/such.env: ENOENT: no such file or directory, open '/no/such.env'; write { path: ..., required: false } if it may be missing",
      ],
    ],
    [
      "a variable that is required",
      "services:\n  a: { image: 'x:@{TAG:?say which}' }\n",
      [
        "c.yml:2:18: services.a.image: the variable TAG is required: say which; set TAG in the environment or in .env",
      ],
    ],
  ])("%s", (_what, text, problems) =>
    // Written with @ for the dollar sign, so that no linter takes it for a template.
    expect(problemsOf(text.replaceAll("@", "$"))).toEqual(problems),
  );

  test("a mistake in what is extended: once, where it is written", () => {
    expect(
      problemsOf(
        "services:\n  a:\n    restart: allways\n  b: { extends: a }\n  c: { extends: b }\n",
      ),
    ).toEqual([
      'c.yml:3:14: services.a.restart: expected a restart policy, got "allways"; did you mean "always"?',
    ]);
  });

  test("all of them at once, in the order of the file", () => {
    expect(
      problemsOf("services:\n  a:\n    restrat: no\n    scale: x\n  b:\n    depends_on: [z]\n").map(
        (line) => line.split(": ")[0],
      ),
    ).toEqual(["c.yml:3:5", "c.yml:4:12", "c.yml:6:18"]);
  });

  test("a profile that no service has", () => {
    const text = "services:\n  a: {}\n  b: { profiles: [debug] }\n";
    expect(problemsOf(text, { profiles: ["debgu"] })).toEqual([
      'c.yml:1:1: services: no service has the profile "debgu"; did you mean "debug"?',
    ]);
  });
});
