import { describe, expect, test } from "vitest";
import type { Release } from "../model/stack.ts";
import { parse, problemsOf } from "./testing/compose-text.ts";
import { aegisKeysOf } from "./told.ts";

const DECLARED = { name: "v2", env: {}, image: null, build: null, command: null } as const;
const BUILD = { dockerfile: null, target: null, args: {} } as const;

const fileOf = (version: string): string =>
  `services:\n  app: { image: x, x-aegis: { versions: { v2: ${version} } } }\n`;

describe("a version is what it changes", () => {
  const cases: readonly (readonly [string, Partial<Release>])[] = [
    [
      "{ env: { GREETING: hi, LEVEL: 2, LOUD: true } }",
      { env: { GREETING: "hi", LEVEL: "2", LOUD: "true" } },
    ],
    ["{ image: 'shop:2.1', env: { A: 1 } }", { image: "shop:2.1", env: { A: "1" } }],
    ["{ build: ./next }", { build: { ...BUILD, context: "/srv/My Shop/next" } }],
    ["{ build: /src/shop }", { build: { ...BUILD, context: "/src/shop" } }],
    [
      "{ build: { context: ../shop, dockerfile: docker/next, target: run, args: { A: 1 } } }",
      {
        build: {
          context: "/srv/shop",
          dockerfile: "/srv/shop/docker/next",
          target: "run",
          args: { A: "1" },
        },
      },
    ],
    [
      "{ build: { args: [A=1, B=x=y] } }",
      { build: { ...BUILD, context: "/srv/My Shop", args: { A: "1", B: "x=y" } } },
    ],
    [
      "{ process: { command: 'node next.js --port {port}' } }",
      { command: ["node", "next.js", "--port", "{port}"] },
    ],
    ["{ process: { command: [sh, -c, 'a && b'] } }", { command: ["sh", "-c", "a && b"] }],
  ];

  test.each(cases)("%s", (version, changes) => {
    const [replica] = parse(fileOf(version)).stack.replicas;
    expect(replica?.versions).toEqual({ v2: { ...DECLARED, ...changes } });
  });

  test("also for containers that are there already", () => {
    const reach = { directory: "/srv/shop", env: {}, readFile: () => "" };
    const files = [{ path: "c.yml", text: fileOf("{ build: next }") }];
    const [replica] = parse(fileOf("{ image: other }")).stack.replicas;
    expect(replica).toBeDefined();
    if (replica === undefined) return;
    expect(aegisKeysOf(files, reach).told("app", replica).versions).toEqual({
      v2: { ...DECLARED, build: { ...BUILD, context: "/srv/shop/next" } },
    });
  });
});

describe("a version that is none", () => {
  const NOTHING =
    "changes nothing of what is declared; say what makes it another version: env, image, build or process";
  test.each([
    ["{}", "", NOTHING],
    ["{ env: {} }", "", NOTHING],
    [
      "{ image: a, build: . }",
      "",
      "has an image and a build, and can be made of one only; keep one of them",
    ],
    ["{ imgae: a }", ".imgae", 'unknown key; did you mean "image"?'],
    ["{ build: { contxt: . } }", ".build.contxt", 'unknown key; did you mean "context"?'],
    ["{ build: { args: [A] } }", ".build.args[0]", "expected NAME=value"],
    ["{ process: { command: a && b } }", ".process.command", '"&" needs a shell'],
    ["{ process: {} }", ".process", '"command" is missing; add "command:"'],
    ["{ process: { command: [a], port: 1 } }", ".process.port", "unknown key"],
  ])("%s", (version, path, message) => {
    const problems = problemsOf(fileOf(version));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`services.app.x-aegis.versions.v2${path}: ${message}`);
  });
});
