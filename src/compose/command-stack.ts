import { AegisError } from "../kit/errors.ts";
import type { ReplicaSpec, RestartPolicy, Stack } from "../model/stack.ts";
import { splitWords } from "./words.ts";

export interface CommandStackOptions {
  /** As typed: `node server.js`. */
  readonly command: string;
  readonly replicas: number;
  /** The path that answers (2xx or 3xx) when a replica is ready. */
  readonly ready: string;
  readonly project: string;
  readonly directory: string;
}

const ALWAYS: RestartPolicy = { mode: "always", maxRetries: null };
const PORT = 80;

/** The stack of `--cmd`: replicas `app-1` to `app-n` of a command that listens on PORT, behind the bundled balancer. Throws INVALID_INPUT. */
export function commandStack(options: CommandStackOptions): Stack {
  const { command, replicas, ready, project, directory } = options;
  if (!ready.startsWith("/")) {
    throw new AegisError("INVALID_INPUT", `--ready must be a path such as /health, got "${ready}"`);
  }
  const words = splitWords(command);
  if (!Array.isArray(words)) {
    throw new AegisError("INVALID_INPUT", `--cmd "${command}": ${words.message}`, {
      hint: words.hint,
    });
  }
  const names = Array.from({ length: replicas }, (_, index) => `app-${index + 1}`);
  const apps = names.map((name) =>
    replica({ name, service: "app", command: words, ready, environment: {} }),
  );
  const balancer = replica({
    name: "balancer",
    service: "balancer",
    command: ["{node}", "{package}/dist/stack/main.js", "balancer"],
    ready: "/-/ready",
    environment: { UPSTREAM: "app", HEALTH_PATH: ready },
  });
  return {
    project,
    file: null,
    directory,
    entry: balancer.service,
    profiles: [],
    replicas: [
      {
        ...balancer,
        dependsOn: names.map((on) => ({ on, condition: "started" })),
        ports: [{ host: 0, container: PORT }],
      },
      ...apps,
    ],
  };
}

function replica(given: {
  readonly name: string;
  readonly service: string;
  readonly command: readonly string[];
  readonly ready: string;
  readonly environment: Readonly<Record<string, string>>;
}): ReplicaSpec {
  const { name, service, command, ready, environment } = given;
  return {
    name,
    service,
    environment,
    dependsOn: [],
    restart: ALWAYS,
    stopGraceMs: 10_000,
    stopSignal: "SIGTERM",
    healthcheck: null,
    container: null,
    process: { command, port: PORT, extraPorts: {}, cwd: null },
    ready: { http: ready },
    identify: { replica: null, version: null },
    versions: {},
    ports: [],
  };
}
