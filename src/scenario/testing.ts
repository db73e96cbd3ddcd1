import { z } from "zod";
import { type Problem, ProblemsError } from "../kit/problem.ts";
import { defineKind, type StepKind } from "../model/kind.ts";
import type { Plan } from "../model/plan.ts";
import type { Replica } from "../model/replica.ts";
import type { ReplicaSpec, Stack } from "../model/stack.ts";
import { type ParseOptions, parseScenario } from "./parse.ts";

/** Small kinds for the tests of this folder: it may not know the real ones. */
export const KINDS: readonly StepKind[] = [
  kind({ name: "crash", held: false, outcomes: ["crashed"] }),
  kind({ name: "kill", held: true }),
  kind({ name: "pause", held: true }),
  kind({ name: "stop", held: true, outcomes: ["drained", "killed", "failed"] }),
  kind({ name: "move", held: false, staged: true, role: "action" }),
  kind({ name: "wait", held: true, targeted: false, role: "action" }),
  defineKind({
    name: "exec",
    summary: "runs a command",
    needs: ["exec"],
    held: false,
    params: z.strictObject({
      command: z.array(z.string()).min(1),
      undo: z.array(z.string()).optional(),
    }),
    example: { command: ["true"] },
    irreversible: ({ undo }) => undo === undefined,
    prepare: async () => null,
    apply: async () => null,
    proof: () => true,
  }),
];

function kind(spec: {
  readonly name: string;
  readonly held: boolean;
  readonly targeted?: boolean;
  readonly role?: "action";
  readonly staged?: boolean;
  readonly outcomes?: readonly string[];
}): StepKind {
  return defineKind({
    summary: spec.name,
    needs: ["lifecycle"],
    params: z.strictObject({}),
    example: {},
    prepare: async () => null,
    apply: async () => null,
    proof: () => true,
    ...spec,
  });
}

/** The services and replicas of the bundled stack: a balancer and app1, app2, app3 of `app`. */
export const STACK: Stack = {
  project: "test",
  file: null,
  directory: "/stack",
  profiles: [],
  replicas: [
    spec("balancer", "balancer"),
    ...["app1", "app2", "app3"].map((name) => spec(name, "app")),
  ],
};

/** A replica as declared, of which only the names matter here. */
export function spec(name: string, service: string): ReplicaSpec {
  return {
    name,
    service,
    environment: {},
    dependsOn: [],
    restart: { mode: "no", maxRetries: null },
    stopGraceMs: 10_000,
    stopSignal: "SIGTERM",
    healthcheck: null,
    container: null,
    process: null,
    ready: "running",
    identify: { replica: null, version: null },
    versions: {},
    ports: [],
  };
}

/** A replica as an engine sees it: up, healthy and ready unless told. */
export function replica(name: string, service = "app", change: Partial<Replica> = {}): Replica {
  return {
    key: `key-of-${name}`,
    service,
    name,
    state: "running",
    health: "healthy",
    ready: true,
    version: null,
    instance: `${name}-1`,
    startedAt: 0,
    restarts: 0,
    ...change,
  };
}

/** A scenario that has everything it must have. */
export const MINIMAL = `version: 1
name: minimal
traffic:
  main: { url: http://balancer/, rate: 200/s }
steps:
  - { id: hit, do: crash, target: { service: app }, at: 0s }
assert:
  - main.failed == 0
`;

/** Parses with the kinds and the stack of the tests. */
export function parse(text: string, change: Partial<ParseOptions> = {}): Plan {
  return parseScenario({
    text,
    file: "s.yaml",
    directory: "/scenarios",
    kinds: KINDS,
    env: { TOKEN: "s3cret" },
    readFile: (path) => {
      if (path.endsWith("/ca.pem")) return "-----BEGIN CERTIFICATE-----";
      throw new Error(`no such file: ${path}`);
    },
    stackOf: () => STACK,
    drawSeed: () => 7,
    seed: null,
    ...change,
  });
}

/** What is wrong with a scenario; empty when nothing is. */
export function problemsOf(text: string, change: Partial<ParseOptions> = {}): readonly Problem[] {
  try {
    parse(text, change);
    return [];
  } catch (thrown) {
    if (thrown instanceof ProblemsError) return thrown.problems;
    throw thrown;
  }
}
