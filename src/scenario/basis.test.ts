import { describe, expect, test } from "vitest";
import { ProblemsError } from "../kit/problem.ts";
import type { ReplicaSpec, Stack } from "../model/stack.ts";
import { parseScenario } from "./parse.ts";
import { KINDS, STACK } from "./testing.ts";

const CHECK: ReplicaSpec["healthcheck"] = {
  test: { command: ["true"] },
  intervalMs: 1000,
  timeoutMs: 1000,
  retries: 1,
  startPeriodMs: 0,
};
const UNTOLD = {
  ready: "running",
  readyUntold: true,
  healthcheck: null,
  identify: { replica: null, version: null },
  process: null,
  container: { service: "shop", number: 1, image: "shop", port: 3000 },
} as const;

/** A stack of which nothing is known, but for these things about `app`. */
function stackWith(app: Partial<ReplicaSpec>): Stack {
  const replicas = STACK.replicas.map((spec) => {
    const { readyUntold: _, ...known } = { ...spec, ...UNTOLD };
    if (spec.service !== "app") return { ...spec, ...UNTOLD };
    return "ready" in app ? { ...known, ...app } : { ...spec, ...UNTOLD, ...app };
  });
  return { ...STACK, file: "/srv/compose.yml", replicas };
}

function refusal(assertion: string, app: Partial<ReplicaSpec> = {}, traffic = ""): string {
  try {
    parseScenario({
      text: `version: 1
name: n
traffic: { main: { url: http://app/, rate: 10/s${traffic} } }
steps:
  - { id: hit, do: crash, target: { service: app } }
  - { id: again, do: crash, target: { same-as: hit }, at: 3s }
assert: ["${assertion}"]
`,
      file: "s.yaml",
      directory: "/",
      kinds: KINDS,
      env: {},
      seed: 1,
      drawSeed: () => 1,
      readFile: () => "",
      stackOf: () => stackWith(app),
    });
    return "";
  } catch (thrown) {
    if (!(thrown instanceof ProblemsError)) throw thrown;
    return thrown.problems.map(({ message, hint }) => `${message} | ${hint}`).join("\n");
  }
}

const IDENTIFIED = ", identify: { replica: x-r, version: x-v }";

describe("what nothing is known of is refused, with the line that would tell it", () => {
  test.each([
    [
      "app.healthy == 3",
      'app has no healthcheck, so nothing tells whether it is healthy | add to shop in compose.yml: healthcheck: { test: [CMD, curl, -fsS, "http://localhost:3000/"] }',
    ],
    ["app1.healthy == 1", "app1 has no healthcheck"],
    [
      "app.ready >= 2 throughout",
      "of app it is only known whether it runs, not whether it is ready | add to shop in compose.yml: healthcheck:",
    ],
    ["versions == v1", "answers of main do not name the version that gave them | "],
    ["main.replicas == 3", "x-aegis: { identify: { replica: x-replica } }"],
    ["app.version == v1", "nothing tells the version of app | "],
  ])("%s", (assertion, said) => expect(refusal(assertion)).toContain(said));
});

describe("what something tells is not", () => {
  test.each<[string, Partial<ReplicaSpec>, string]>([
    ["app.healthy == 3", { healthcheck: CHECK }, ""],
    ["app.ready >= 2", { ready: "health" }, ""],
    ["app.ready >= 2", { ready: { http: "/" } }, ""],
    ["app.ready >= 2", { ready: "running" }, ""],
    ["recovery of every step <= 5s", {}, ""],
    ["versions == v1", {}, IDENTIFIED],
    ["replicas == 3", { identify: { replica: "x-r", version: null } }, ""],
    ["app.version == v1", { identify: { replica: null, version: "x-v" } }, ""],
    ["app.restarts <= 3", {}, ""],
    ["main.failed == 0", {}, ""],
  ])("%s of an app with %o%s", (assertion, app, traffic) => {
    expect(refusal(assertion, app, traffic)).toBe("");
  });

  test("nor what an image may tell that is not here yet", () => {
    const container = { ...UNTOLD.container, unseen: true } as const;
    for (const assertion of ["app.healthy == 3", "app.ready == 3"]) {
      expect(refusal(assertion, { container })).toBe("");
    }
  });
});
