import { resolve } from "node:path";
import type { Dependency, ProcessSpec, ReplicaSpec, RestartPolicy } from "../model/stack.ts";
import type { AegisKeys } from "./aegis-keys.ts";
import { healthcheckOf } from "./healthcheck.ts";
import type { WrittenService } from "./raw-services.ts";

const NO_RESTART: RestartPolicy = { mode: "no", maxRetries: null };
const DEFAULT_GRACE_MS = 10_000;

/** What is needed to turn a service into its replicas. */
export interface SpecContext {
  readonly directory: string;
  readonly services: readonly WrittenService[];
  /** The environment of a service, with its files read and its variables taken over. */
  environmentOf(service: WrittenService): Readonly<Record<string, string>>;
}

/** The replicas of a service: one under its own name, `name-1` to `name-n` when it is scaled. */
export function replicaSpecs(service: WrittenService, context: SpecContext): ReplicaSpec[] {
  const { name, raw } = service;
  const aegis: AegisKeys = raw["x-aegis"] ?? {};
  const process = processOf(aegis, context.directory);
  const healthcheck = healthcheckOf(raw.healthcheck, process === null ? undefined : process.port);
  const common = {
    service: aegis.service ?? name,
    environment: context.environmentOf(service),
    dependsOn: Object.entries(raw.depends_on ?? {}).flatMap(([target, condition]) =>
      dependency(target, condition, context.services),
    ),
    restart: raw.restart ?? NO_RESTART,
    stopGraceMs: raw.stop_grace_period ?? DEFAULT_GRACE_MS,
    stopSignal: raw.stop_signal ?? "SIGTERM",
    healthcheck,
    process,
    ready: readyOf(aegis, healthcheck !== null),
    identify: {
      replica: aegis.identify?.replica ?? null,
      version: aegis.identify?.version ?? null,
    },
    versions: Object.fromEntries(
      Object.entries(aegis.versions ?? {}).map(([version, { env }]) => [
        version,
        { env: env ?? {} },
      ]),
    ),
    ports: raw.ports ?? [],
  };
  return replicaNames(service).map((replica) => ({ name: replica, ...common }));
}

export function replicaNames({ name, raw }: WrittenService): string[] {
  const scale = raw.scale ?? raw.deploy?.replicas ?? 1;
  if (scale === 1) return [name];
  return Array.from({ length: scale }, (_, index) => `${name}-${index + 1}`);
}

function processOf({ process }: AegisKeys, directory: string): ProcessSpec | null {
  if (process === undefined) return null;
  return {
    command: process.command,
    port: process.port ?? null,
    extraPorts: process.ports ?? {},
    cwd: process.cwd === undefined ? null : resolve(directory, process.cwd),
  };
}

function readyOf({ ready }: AegisKeys, hasHealthcheck: boolean): ReplicaSpec["ready"] {
  if (ready === "running" || ready === "health") return ready;
  if (ready !== undefined) return { http: ready };
  return hasHealthcheck ? "health" : "running";
}

/** A compose service is, to the engines, its one replica or the name of a scaled service. */
function dependency(
  target: string,
  condition: Dependency["condition"],
  services: readonly WrittenService[],
): Dependency[] {
  const service = services.find(({ name }) => name === target);
  return service === undefined ? [] : replicaNames(service).map((on) => ({ on, condition }));
}
