import type { ContainerInspectInfo } from "dockerode";
import type { Replica, ReplicaState } from "../../model/replica.ts";
import type { RestartPolicy } from "../../model/stack.ts";
import { RELEASE } from "./labels.ts";
import { notedIn } from "./releases/note.ts";

/** What `docker inspect` says of a container, as far as the engine goes by it. */
export interface Inspected {
  readonly id: string;
  /** Without the slash. */
  readonly name: string;
  readonly state: ReplicaState;
  /** In the pid namespace of the daemon's host; 0 while it does not run. */
  readonly pid: number;
  /** Wall time of the daemon in µs; 0: never. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly restarts: number;
  /** Docker's own, which a person may have changed since it was declared. */
  readonly restart: RestartPolicy;
  readonly stopSignal: string;
  /** `none`: it has no healthcheck. */
  readonly health: Replica["health"];
  /** Where this machine reaches it, if it runs and has such an address. */
  readonly ip: string | null;
  /** Its container port -> where that is published. */
  readonly published: ReadonlyMap<number, readonly { host: string; port: number }[]>;
  /** Container ports that its image or its declaration names. */
  readonly exposed: readonly number[];
  readonly isTty: boolean;
  /** Its image and what was laid over its declaration, as a text to compare. */
  readonly release: string;
  /** The name of its release; null: as declared, or one without a name. */
  readonly version: string | null;
  /** Names of the volumes that nobody has named. */
  readonly anonymousVolumes: readonly { readonly name: string; readonly path: string }[];
}

/** Reads the answer of the API. */
export function inspected(info: ContainerInspectInfo): Inspected {
  const { State: state } = info;
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ""),
    state: STATES[state.Status] ?? "exited",
    pid: state.Pid,
    startedAt: microseconds(state.StartedAt),
    finishedAt: microseconds(state.FinishedAt),
    exitCode: state.ExitCode,
    restarts: info.RestartCount,
    restart: policyOf(info),
    stopSignal: (info.Config as { StopSignal?: string }).StopSignal ?? "SIGTERM",
    health: healthOf(info),
    ip: addressOf(info),
    published: publishedPorts(info),
    exposed: Object.keys(info.Config.ExposedPorts ?? {}).map(Number.parseFloat),
    isTty: info.Config.Tty,
    release: `${info.Image} ${info.Config.Labels?.[RELEASE] ?? ""}`,
    version: notedIn(info.Config.Labels ?? {})?.name ?? null,
    anonymousVolumes: anonymousVolumes(info),
  };
}

const STATES: Readonly<Record<string, ReplicaState>> = {
  created: "created",
  running: "running",
  paused: "paused",
  restarting: "restarting",
  exited: "exited",
  dead: "exited",
  removing: "removed",
};

/** Names a life: another one after every start. */
export function instanceOf({ id, pid }: Pick<Inspected, "id" | "pid">): string {
  return `${id.slice(0, 12)}/${pid}`;
}

/** RFC 3339 with nanoseconds, in µs since the epoch; 0 for Go's zero time. */
function microseconds(time: string): number {
  const ms = Date.parse(time);
  if (!(ms > 0)) return 0;
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? "";
  return Math.floor(ms / 1000) * 1_000_000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

function policyOf({ HostConfig }: ContainerInspectInfo): RestartPolicy {
  const { Name = "no", MaximumRetryCount = 0 } = HostConfig.RestartPolicy ?? {};
  const mode = (Name || "no") as RestartPolicy["mode"];
  return { mode, maxRetries: MaximumRetryCount === 0 ? null : MaximumRetryCount };
}

function healthOf({ State, Config }: ContainerInspectInfo): Replica["health"] {
  const test = (Config.Healthcheck as { Test?: string[] } | undefined)?.Test;
  if (test?.[0] === "NONE") return "none";
  const status = State.Health?.Status;
  if (status === "healthy" || status === "unhealthy" || status === "starting") return status;
  return test === undefined || test.length === 0 ? "none" : "starting";
}

function addressOf({ NetworkSettings, HostConfig }: ContainerInspectInfo): string | null {
  if (HostConfig.NetworkMode === "host") return "127.0.0.1";
  const networks = Object.values(NetworkSettings.Networks ?? {});
  return networks.find(({ IPAddress }) => IPAddress)?.IPAddress ?? null;
}

function publishedPorts({ NetworkSettings }: ContainerInspectInfo): Inspected["published"] {
  const ports = new Map<number, { host: string; port: number }[]>();
  for (const [name, bindings] of Object.entries(NetworkSettings.Ports ?? {})) {
    if (!name.endsWith("/tcp")) continue;
    const known = (bindings ?? []).map(({ HostIp, HostPort }) => ({
      host: HostIp,
      port: Number(HostPort),
    }));
    if (known.length > 0) ports.set(Number.parseInt(name, 10), known);
  }
  return ports;
}

/** Docker names such a volume by 64 hexadecimal digits. */
function anonymousVolumes({ Mounts }: ContainerInspectInfo): Inspected["anonymousVolumes"] {
  return (Mounts ?? []).flatMap(({ Type, Name, Destination }) =>
    Type === "volume" && Name !== undefined && /^[0-9a-f]{64}$/.test(Name)
      ? [{ name: Name, path: Destination }]
      : [],
  );
}
