import { isDeepStrictEqual } from "node:util";
import { RELEASE } from "../labels.ts";

/** Of a container's `Config`, what its declaration says: what it has from its image is left out. */
export type OwnConfig = Readonly<Record<string, unknown>>;

/** Settings that an image hands down as a whole. */
const WHOLE = ["WorkingDir", "User", "StopSignal", "Shell", "OnBuild", "ArgsEscaped"] as const;
/** And one entry at a time. */
const KEYED = ["Labels", "ExposedPorts", "Volumes", "Healthcheck"] as const;
/** All that a container may have from its image. */
export const INHERITED: readonly string[] = [...WHOLE, ...KEYED, "Env", "Entrypoint", "Cmd"];

/** By these compose knows its containers; an image that compose has built has some of them too. */
const KEPT_LABEL = /^com\.docker\.compose\./;

type Config = Readonly<Record<string, unknown>>;

/**
 * Subtracts an image's configuration from that of a container made from it, so that another image can be put below. What
 * both say alike counts as the image's. Published ports (`80/tcp`) stay: Docker publishes only what is exposed, too.
 */
export function ownConfig(
  container: Config,
  image: Config,
  published: readonly string[],
): OwnConfig {
  const own: Record<string, unknown> = {};
  for (const name of WHOLE) {
    if (!isSame(container[name], image[name])) own[name] = container[name];
  }
  const isKept: Partial<Record<string, (key: string) => boolean>> = {
    Labels: (key) => KEPT_LABEL.test(key),
    ExposedPorts: (key) => published.includes(key),
  };
  for (const name of KEYED) {
    const left = without(entriesOf(container[name]), entriesOf(image[name]), isKept[name]);
    if (left.length > 0) own[name] = Object.fromEntries(left);
  }
  const inherited = new Set(listOf(image["Env"]));
  own["Env"] = listOf(container["Env"]).filter((entry) => !inherited.has(entry));
  return { ...own, ...ownCommand(container, image) };
}

/** Who declares an entrypoint loses the image's command, also when the entrypoint is the image's own. */
function ownCommand(container: Config, image: Config): OwnConfig {
  const { Entrypoint, Cmd } = container;
  const hasLostCommand = listOf(Cmd).length === 0 && listOf(image["Cmd"]).length > 0;
  if (!isSame(Entrypoint, image["Entrypoint"]) || hasLostCommand) return { Entrypoint, Cmd };
  return isSame(Cmd, image["Cmd"]) ? {} : { Cmd };
}

type Entry = readonly [string, unknown];

function without(
  entries: readonly Entry[],
  inherited: readonly Entry[],
  isKept: (key: string) => boolean = () => false,
): readonly Entry[] {
  const others = new Map(inherited);
  return entries.filter(
    ([key, value]) =>
      key !== RELEASE &&
      (isKept(key) || !others.has(key) || !isDeepStrictEqual(value, others.get(key))),
  );
}

function entriesOf(value: unknown): readonly Entry[] {
  return Object.entries((value ?? {}) as object);
}

function listOf(value: unknown): readonly string[] {
  return (value ?? []) as readonly string[];
}

/** Absent, null, false and an empty text all say nothing; an empty list says "none". */
function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a || null, b || null);
}

/** Lays variables over an environment of `NAME=value`, which keeps its order. */
export function overlaid(
  environment: readonly string[],
  changes: Readonly<Record<string, string>>,
): string[] {
  const nameOf = (entry: string): string => entry.split("=", 1)[0] as string;
  const kept = environment.filter((entry) => !(nameOf(entry) in changes));
  return [...kept, ...Object.entries(changes).map(([name, value]) => `${name}=${value}`)];
}
