import { expect } from "vitest";
import type { Person } from "./aegis.ts";

export interface StackOptions {
  readonly replicas?: number;
  /** Under `x-aegis.versions`, besides the good `v2`. */
  readonly versions?: Readonly<Record<string, unknown>>;
  /** What a version of one replica alone is, in place of that of all. */
  readonly own?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly environment?: Readonly<Record<string, string | number>>;
  /** What each of `app` runs; absent: the role. */
  readonly command?: readonly string[];
}

const V2 = { env: { APP_VERSION: "v2" } };

/** The bundled stack as a compose file (YAML has JSON in it), of replicas that leave quickly when they are told to. */
export function quickStack({
  replicas = 3,
  versions = {},
  own = {},
  environment = {},
  command = roleCommand("app"),
}: StackOptions = {}): string {
  const names = Array.from({ length: replicas }, (_, index) => `app${index + 1}`);
  const apps = names.map((name) => [
    name,
    {
      image: "none",
      restart: "always",
      environment: { REPLICA: name, APP_VERSION: "v1", DRAIN_MS: 300, ...environment },
      "x-aegis": {
        service: "app",
        process: { command, port: 3000, ports: { control: 3001 } },
        ready: "/ready",
        identify: { replica: "x-aegis-replica", version: "x-aegis-version" },
        versions: { v2: V2, ...versions, ...own[name] },
      },
    },
  ]);
  const balancer = {
    image: "none",
    restart: "always",
    depends_on: names,
    "x-aegis": {
      entry: true,
      process: { command: roleCommand("balancer"), port: 80 },
      ready: "/-/ready",
    },
  };
  return JSON.stringify({ services: { balancer, ...Object.fromEntries(apps) } }, null, 2);
}

export function roleCommand(role: string): readonly string[] {
  return ["node", "{package}/dist/stack/main.js", role];
}

/** Enough requests for a decision soon after there can be one: in its first moments a new process is slower than one that has run. */
export const QUICK = ["--min-in-service", "1s", "--observe", "300ms", "--samples", "50"];
/** Readiness alone decides: where the comparison is not what is tested. */
export const BY_READINESS = ["--gate", "ready", "--min-in-service", "100ms"];

/** A replica, as `aegis status --json` tells of it. */
export interface SeenReplica {
  readonly name: string;
  readonly service: string;
  readonly state: string;
  readonly ready: boolean;
  readonly version: string | null;
  readonly instance: string | null;
}

/** The replicas of `app` (or another service) as they are now. */
export async function replicasOf(
  person: Person,
  flags: readonly string[],
  service = "app",
): Promise<readonly SeenReplica[]> {
  const { code, stdout, stderr } = await person.run("status", "--json", ...flags);
  expect(code, stderr).toBe(0);
  const { replicas } = JSON.parse(stdout) as { replicas: readonly SeenReplica[] };
  return replicas.filter((replica) => replica.service === service);
}

/** What they all run: `v1 v1 v2`, with a `!` where one is not ready. */
export function versionsOf(replicas: readonly SeenReplica[]): string {
  return replicas.map(({ version, ready }) => `${version}${ready ? "" : "!"}`).join(" ");
}

/** What a replica of that name is now. */
export function instanceOf(replicas: readonly SeenReplica[], name: string): string | null {
  return replicas.find((replica) => replica.name === name)?.instance ?? null;
}

/** A scenario of a rollout beside which something else is done. */
export function inCompany(steps: readonly string[], assertions: readonly string[]): string {
  const listed = (lines: readonly string[]): string =>
    lines.map((line) => `  - ${line}\n`).join("");
  return `version: 1
name: a rollout in company
seed: 7
traffic: { main: { url: http://balancer/, rate: 60/s, timeout: 2s } }
phases: { warmup: 300ms, baseline: 1s, recovery: 1s }
steps:
${listed(steps)}assert:
${listed(assertions)}`;
}

/** A step that rolls v2 out. */
export function rolloutStep(params: string, target = "service: app"): string {
  return `{ id: update, do: rollout, target: { ${target} }, with: { to: v2, ${params} }, at: 0s }`;
}
