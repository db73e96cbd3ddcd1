import { expect, test } from "vitest";
import { AegisError } from "../kit/errors.ts";
import { commandStack } from "./command-stack.ts";
import { entryOf } from "./entry.ts";

const OPTIONS = { replicas: 2, ready: "/up", project: "p", directory: "/srv" };

test("a command becomes replicas behind the bundled balancer, which is the entry", () => {
  const stack = commandStack({ ...OPTIONS, command: "node 'my server.js'" });
  expect(stack.replicas.map(({ service, name }) => `${service}/${name}`)).toEqual([
    "balancer/balancer",
    "app/app-1",
    "app/app-2",
  ]);
  expect(stack.replicas[1]).toMatchObject({
    process: { command: ["node", "my server.js"], cwd: null },
    ready: { http: "/up" },
    restart: { mode: "always" },
  });
  expect(stack.replicas[0]).toMatchObject({
    environment: { UPSTREAM: "app", HEALTH_PATH: "/up" },
    dependsOn: [{ on: "app-1" }, { on: "app-2" }],
  });
  expect(entryOf(stack)).toMatchObject({ service: "balancer", port: 80 });
});

test.each([
  ["a | b", "/", '--cmd "a | b": "|" needs a shell'],
  ["", "/", "the command is empty"],
  ["node x", "up", '--ready must be a path such as /health, got "up"'],
])("%j with --ready %s is refused", (command, ready, message) => {
  const make = () => commandStack({ ...OPTIONS, command, ready });
  expect(make).toThrow(AegisError);
  expect(make).toThrow(message);
});
