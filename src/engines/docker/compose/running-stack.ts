import type {
  Dependency,
  Healthcheck,
  ReplicaSpec,
  RestartPolicy,
  Stack,
} from "../../../model/stack.ts";
import type { Known, Origin } from "../../project-reader.ts";
import type { Inspected, InspectedHealthcheck } from "./inspected.ts";

export const LABEL = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
  oneoff: "com.docker.compose.oneoff",
  dependsOn: "com.docker.compose.depends_on",
  directory: "com.docker.compose.project.working_dir",
  files: "com.docker.compose.project.config_files",
} as const;

const DEFAULT_GRACE_MS = 10_000;
/** Docker's defaults, where a healthcheck leaves them out. */
const DEFAULT_CHECK = { intervalMs: 30_000, timeoutMs: 30_000, retries: 3 };

/** Where a project says that it comes from: the directory, and its files if compose was given any. */
export function originOf(containers: readonly Inspected[]): Origin {
  const labels = containers.map(({ Config }) => Config.Labels ?? {});
  const first = (name: string): string | undefined =>
    labels.find((each) => each[name] !== undefined)?.[name];
  const files = (first(LABEL.files) ?? "").split(",").filter((file) => file !== "" && file !== "-");
  return { directory: first(LABEL.directory) ?? null, files };
}

/** The stack that these containers of one project are. */
export function stackOfContainers(
  containers: readonly Inspected[],
  project: string,
  { told, ...place }: Known,
): Stack {
  const own = containers.filter(isReplica).sort(byNumber);
  const names = namesOf(own);
  const replicas = own.map((container) => {
    const service = serviceOf(container);
    return { ...told(service, specOf(container, names)), name: names.get(container) ?? service };
  });
  return { project, ...place, profiles: [], replicas };
}

/** Of `docker compose run` are the ones that are none. */
function isReplica({ Config: { Labels } }: Inspected): boolean {
  return Labels?.[LABEL.service] !== undefined && Labels[LABEL.oneoff] !== "True";
}

function serviceOf({ Config: { Labels } }: Inspected): string {
  return Labels?.[LABEL.service] as string;
}

function numberOf({ Config: { Labels } }: Inspected): number {
  return Number(Labels?.[LABEL.number] ?? 1) || 1;
}

function byNumber(a: Inspected, b: Inspected): number {
  return serviceOf(a).localeCompare(serviceOf(b)) || numberOf(a) - numberOf(b);
}

/** One is called as its service is; of several each has its number behind it. */
function namesOf(containers: readonly Inspected[]): ReadonlyMap<Inspected, string> {
  return new Map(
    containers.map((container) => {
      const service = serviceOf(container);
      const alone = containers.filter((each) => serviceOf(each) === service).length === 1;
      return [container, alone ? service : `${service}-${numberOf(container)}`];
    }),
  );
}

const UNTOLD = { ready: "running", readyUntold: true } as const;

function specOf(container: Inspected, names: ReadonlyMap<Inspected, string>): ReplicaSpec {
  const { Config, HostConfig } = container;
  const service = serviceOf(container);
  const ports = publishedPorts(HostConfig.PortBindings ?? {});
  const healthcheck = healthcheckOf(Config.Healthcheck);
  return {
    name: service,
    service,
    environment: {},
    dependsOn: dependenciesOf(Config.Labels?.[LABEL.dependsOn] ?? "", names),
    restart: restartOf(HostConfig.RestartPolicy),
    stopGraceMs: Config.StopTimeout == null ? DEFAULT_GRACE_MS : Config.StopTimeout * 1000,
    stopSignal: Config.StopSignal || "SIGTERM",
    healthcheck,
    process: null,
    container: {
      service,
      number: numberOf(container),
      image: Config.Image,
      port: ports[0]?.container ?? tcpPorts(Config.ExposedPorts ?? {})[0] ?? null,
    },
    ...(healthcheck === null ? UNTOLD : { ready: "health" as const }),
    identify: { replica: null, version: null },
    versions: {},
    ports,
  };
}

/** As asked for, not as given: any free one is 0. */
function publishedPorts(bindings: NonNullable<Inspected["HostConfig"]["PortBindings"]>) {
  return tcpPorts(bindings).flatMap((container) =>
    (bindings[`${container}/tcp`] ?? []).map(({ HostPort }) => ({
      host: Number(HostPort) || 0,
      container,
    })),
  );
}

export function tcpPorts(ports: Readonly<Record<string, unknown>>): number[] {
  return Object.keys(ports)
    .flatMap((port) => (port.endsWith("/tcp") ? [Number.parseInt(port, 10)] : []))
    .sort((a, b) => a - b);
}

function restartOf(policy: Inspected["HostConfig"]["RestartPolicy"]): RestartPolicy {
  const mode = policy?.Name || "no";
  const retries = policy?.MaximumRetryCount ?? 0;
  return {
    mode: mode as RestartPolicy["mode"],
    maxRetries: mode === "on-failure" && retries > 0 ? retries : null,
  };
}

export function healthcheckOf(check: InspectedHealthcheck | null | undefined): Healthcheck | null {
  const [kind, ...rest] = check?.Test ?? [];
  if (check == null || kind === undefined || kind === "NONE") return null;
  const ms = (nanoseconds: number | undefined): number => (nanoseconds ?? 0) / 1e6;
  return {
    test: { command: kind === "CMD-SHELL" ? ["/bin/sh", "-c", ...rest] : rest },
    intervalMs: ms(check.Interval) || DEFAULT_CHECK.intervalMs,
    timeoutMs: ms(check.Timeout) || DEFAULT_CHECK.timeoutMs,
    retries: check.Retries || DEFAULT_CHECK.retries,
    startPeriodMs: ms(check.StartPeriod),
  };
}

const CONDITIONS: Readonly<Record<string, Dependency["condition"]>> = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
};

/** Compose 2 labels `db:service_healthy:true,redis:service_started:false`; version 1 tells nothing. */
function dependenciesOf(label: string, names: ReadonlyMap<Inspected, string>): Dependency[] {
  return label
    .split(",")
    .filter(Boolean)
    .flatMap((entry) => {
      const [service, condition = ""] = entry.split(":");
      return [...names]
        .filter(([container]) => serviceOf(container) === service)
        .map(([, on]) => ({ on, condition: CONDITIONS[condition] ?? "started" }));
    });
}
