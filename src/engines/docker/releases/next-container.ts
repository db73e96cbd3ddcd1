import type { ContainerInspectInfo } from "dockerode";
import type { Release } from "../../../model/stack.ts";
import type { CreateOptions } from "../warden/index.ts";
import { nextName } from "../warden/program/next-name.ts";
import { createOptionsFrom } from "../warden/recreate.ts";
import { type Declared, noteOf } from "./note.ts";
import { INHERITED, overlaid } from "./own-config.ts";

type Body = Record<string, unknown>;

/**
 * Makes a container of a pinned release that takes the place of this one: compose takes it for its own, and it has the
 * networks, limits and volumes of the other, also those that nobody has named. `image` is the name or id to make it from.
 */
export function nextContainer(
  info: ContainerInspectInfo,
  declared: Declared,
  release: Release,
  image: string,
): CreateOptions {
  const again = createOptionsFrom(info);
  const rest = Object.entries(again.body).filter(([name]) => !INHERITED.includes(name));
  const { ExposedPorts, ...config } = declared.config as Body;
  const own: Body = "ExposedPorts" in again.body ? { ...config, ExposedPorts } : config;
  const { HostConfig } = again.body as { HostConfig: HostConfig };
  return {
    ...again,
    name: nextName(again.name),
    body: {
      ...Object.fromEntries(rest),
      ...own,
      Env: overlaid((own["Env"] ?? []) as string[], release.env),
      Labels: { ...(own["Labels"] as object), ...noteOf(release, declared) },
      Image: image,
      HostConfig: keepingVolumes(HostConfig, anonymousOf(info)),
    },
    imageId: release.image ?? declared.image.id,
  };
}

interface HostConfig {
  readonly Binds: readonly string[];
  readonly Mounts?: readonly Mount[];
}

interface Mount {
  readonly Type: string;
  readonly Source?: string;
  readonly Target: string;
}

interface Anonymous {
  readonly name: string;
  readonly path: string;
  readonly isWritable: boolean;
}

/** Docker names such a volume by 64 hexadecimal digits. */
function anonymousOf({ Mounts }: ContainerInspectInfo): Anonymous[] {
  return Mounts.flatMap(({ Type, Name = "", Destination, RW }) =>
    Type === "volume" && /^[0-9a-f]{64}$/.test(Name)
      ? [{ name: Name, path: Destination, isWritable: RW }]
      : [],
  );
}

/** A path may be said only once: in a mount where it was declared as one, else in a bind. */
function keepingVolumes(hostConfig: HostConfig, volumes: readonly Anonymous[]): HostConfig {
  const mounts = (hostConfig.Mounts ?? []).map((mount): Mount => {
    const volume = volumes.find(({ path }) => path === mount.Target);
    const isOpen = mount.Type === "volume" && !mount.Source;
    return isOpen && volume !== undefined ? { ...mount, Source: volume.name } : mount;
  });
  const isMount = (path: string): boolean => mounts.some(({ Target }) => Target === path);
  const binds = volumes
    .filter(({ path }) => !isMount(path))
    .map(({ name, path, isWritable }) => `${name}:${path}:${isWritable ? "rw" : "ro"}`);
  return {
    ...hostConfig,
    Binds: [...hostConfig.Binds, ...binds],
    ...(hostConfig.Mounts && { Mounts: mounts }),
  };
}
