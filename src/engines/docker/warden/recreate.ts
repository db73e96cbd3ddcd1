import type { ContainerInspectInfo } from "dockerode";
import type { CreateOptions } from "./program/wire.ts";

/** What inspecting tells of one network of a container, as far as a person may have chosen it. */
interface Endpoint {
  readonly IPAMConfig?: object | null;
  readonly Links?: readonly string[] | null;
  readonly Aliases?: readonly string[] | null;
  readonly DriverOpts?: object | null;
  readonly GwPriority?: number;
}

interface Mounted {
  readonly Binds?: readonly string[] | null;
  readonly Links?: readonly string[] | null;
  readonly NetworkMode?: string;
  readonly UTSMode?: string;
}

/** Docker gives volumes that nobody has named such a name. */
const ANONYMOUS = /^[0-9a-f]{64}:/;

/**
 * All that makes the same container again as compose had made it, so that compose takes it for its own and up to date: what
 * Docker had chosen itself (addresses, the host name, anonymous volumes) is chosen anew.
 */
export function createOptionsFrom(inspected: ContainerInspectInfo): CreateOptions {
  const { Id, Config, HostConfig, Image } = inspected;
  const shortId = Id.slice(0, 12);
  const hostConfig = HostConfig as Mounted;
  const [binds, anonymous] = partition(hostConfig.Binds ?? [], (bind) => !ANONYMOUS.test(bind));
  const [first, ...others] = endpointsOf(inspected, shortId);
  const { Hostname, ExposedPorts, ...config } = Config;
  return {
    name: nameOf(inspected),
    body: {
      ...config,
      ...(!isGuest(hostConfig) && { ExposedPorts }),
      ...(hasOwnName(hostConfig) && Hostname !== shortId && { Hostname }),
      Volumes: { ...config.Volumes, ...Object.fromEntries(anonymous.map(targetOf)) },
      HostConfig: {
        ...HostConfig,
        Binds: binds,
        Links: (hostConfig.Links ?? []).map(linkOf),
      },
      ...(first && {
        NetworkingConfig: { EndpointsConfig: { [first.network]: first.endpoint } },
      }),
    },
    connect: others,
    imageId: Image,
    of: Id,
  };
}

/** In another container's network: it shows the ports of its image and the host name of the other, and may ask for neither. */
function isGuest({ NetworkMode = "" }: Mounted): boolean {
  return NetworkMode.startsWith("container:");
}

function hasOwnName(hostConfig: Mounted): boolean {
  return !isGuest(hostConfig) && hostConfig.UTSMode !== "host";
}

function nameOf({ Name }: ContainerInspectInfo): string {
  return Name.replace(/^\//, "");
}

/** The main network first. On networks that are no one's own (host, none, the default bridge, another container's) there is nothing to say. */
function endpointsOf(
  inspected: ContainerInspectInfo,
  shortId: string,
): CreateOptions["connect"][number][] {
  const mode = inspected.HostConfig.NetworkMode ?? "default";
  if (/^(default|bridge|host|none|container:.*)$/.test(mode)) return [];
  const { Networks } = inspected.NetworkSettings;
  const isMain = (network: string, { NetworkID }: { NetworkID: string }): boolean =>
    network === mode || NetworkID === mode;
  const all = Object.entries(Networks);
  const [main, others] = partition(all, ([network, each]) => isMain(network, each));
  return [...main, ...others].map(([network, each]) => ({
    network,
    endpoint: chosenIn(each as Endpoint, shortId),
  }));
}

function chosenIn(endpoint: Endpoint, shortId: string): Record<string, unknown> {
  const { IPAMConfig, Links, DriverOpts, GwPriority } = endpoint;
  return {
    Aliases: (endpoint.Aliases ?? []).filter((alias) => alias !== shortId),
    ...(IPAMConfig && { IPAMConfig }),
    ...(Links && { Links }),
    ...(DriverOpts && { DriverOpts }),
    ...(GwPriority && { GwPriority }),
  };
}

/** `ID:/data:rw` is `/data`, as create wants it. */
function targetOf(bind: string): [string, object] {
  return [bind.split(":")[1] as string, {}];
}

/** Shown as `/shop_db_1:/shop_web_1/db`, wanted as `shop_db_1:db`. */
function linkOf(link: string): string {
  const [from = "", to = ""] = link.split(":");
  return `${from.replace(/^\//, "")}:${to.slice(to.lastIndexOf("/") + 1)}`;
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}
