import { resolve } from "node:path";
import type {
  ContainerSpec,
  Dependency,
  ProcessSpec,
  ReplicaSpec,
  RestartPolicy,
} from "../model/stack.ts";
import type { AegisKeys } from "./aegis-keys.ts";
import { healthcheckOf } from "./healthcheck.ts";
import type { WrittenService } from "./raw-services.ts";
import { restartOfDeploy } from "./restart-of-deploy.ts";
import { versionsOf } from "./versions.ts";

const NO_RESTART: RestartPolicy = { mode: "no", maxRetries: null };
const DEFAULT_GRACE_MS = 10_000;

/** What is needed to turn a service into its replicas. */
export interface SpecContext {
  readonly directory: string;
  readonly services: readonly WrittenService[];
  /** The environment of a service, with its files read and its variables taken over. */
  environmentOf(service: WrittenService): Readonly<Record<string, string>>;
}

/** The replicas of a service: one under its own name, `name-1` to `name-n` (or as its containers are numbered) when it is scaled. */
export function replicaSpecs(service: WrittenService, context: SpecContext): ReplicaSpec[] {
  const { name, raw } = service;
  const aegis: AegisKeys = raw["x-aegis"] ?? {};
  const process = processOf(aegis, context.directory);
  const healthcheck = healthcheckOf(raw.healthcheck, process === null ? undefined : process.port);
  const common = {
    service: aegis.service ?? name,
    environment: context.environmentOf(service),
    dependsOn: Object.entries(raw.depends_on ?? {}).flatMap(([target, { condition }]) =>
      dependency(target, condition, context.services),
    ),
    restart: raw.restart ?? restartOfDeploy(raw.deploy) ?? NO_RESTART,
    stopGraceMs: raw.stop_grace_period ?? DEFAULT_GRACE_MS,
    stopSignal: raw.stop_signal ?? "SIGTERM",
    healthcheck,
    process,
    ...readyOf(aegis, healthcheck !== null),
    identify: identifyOf(aegis),
    versions: versionsOf(aegis, context.directory),
    ports: raw.ports ?? [],
  };
  const port = listeningPort(service);
  const names = replicaNames(service);
  return numbersOf(service).map((number, index) => ({
    name: names[index] as string,
    ...common,
    container: containerOf(service, port, number),
  }));
}

/** What compose numbers its containers by. */
function containerOf(
  { name, raw }: WrittenService,
  port: number | null,
  number: number,
): ContainerSpec {
  return { service: name, number, image: raw.image ?? null, port };
}

/** Declared for processes too, it is where the program listens; else what is published, else what is exposed. */
function listeningPort({ raw }: WrittenService): number | null {
  const declared = raw["x-aegis"]?.process?.port ?? raw.ports?.[0]?.container;
  const exposed = Number.parseInt(String(raw.expose?.[0] ?? ""), 10);
  return declared ?? (Number.isNaN(exposed) ? null : exposed);
}

export function replicaNames(service: WrittenService): string[] {
  const { name } = service;
  if (scaleOf(service) === 1) return [name];
  return numbersOf(service).map((number) => `${name}-${number}`);
}

/** How many replicas are declared. */
export function scaleOf({ raw }: WrittenService): number {
  return raw.scale ?? raw.deploy?.replicas ?? 1;
}

function numbersOf(service: WrittenService): readonly number[] {
  const { numbers } = service;
  return numbers ?? Array.from({ length: scaleOf(service) }, (_, index) => index + 1);
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

export function identifyOf({ identify }: AegisKeys): ReplicaSpec["identify"] {
  return { replica: identify?.replica ?? null, version: identify?.version ?? null };
}

export function readyOf(
  { ready }: AegisKeys,
  hasHealthcheck: boolean,
): Pick<ReplicaSpec, "ready" | "readyUntold"> {
  if (ready === "running" || ready === "health") return { ready };
  if (ready !== undefined) return { ready: { http: ready } };
  return hasHealthcheck ? { ready: "health" } : { ready: "running", readyUntold: true };
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
