import { isAbsolute, resolve } from "node:path";
import { parse } from "yaml";
import { AegisError } from "../../../kit/errors.ts";
import type { BuildSpec } from "../../../model/stack.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Keys of `build` that change nothing of what the image does. */
const PASSED_OVER = new Set([
  "cache_from",
  "cache_to",
  "labels",
  "no_cache",
  "provenance",
  "pull",
  "sbom",
  "tags",
]);
const KNOWN = new Set(["context", "dockerfile", "target", "args"]);

/**
 * How the image of a service is made, by what `compose config` prints; null: it is not made from source. Arguments without
 * a value have that of the environment. Throws INVALID_INPUT for a build that cannot be done without compose.
 */
export function sourceIn(config: string, service: string, env: Env): BuildSpec | null {
  const { services } = (parse(config) ?? {}) as { services?: Record<string, { build?: unknown }> };
  const written = services?.[service]?.build ?? null;
  if (written === null) return null;
  const build = (typeof written === "string" ? { context: written } : written) as Build;
  const others = Object.keys(build).filter((key) => !KNOWN.has(key) && !PASSED_OVER.has(key));
  if (others.length > 0) {
    throw new AegisError(
      "INVALID_INPUT",
      `${service} is built with ${others.join(", ")}, which only compose can do`,
      { hint: `build it with compose, and name the image: docker compose build ${service}` },
    );
  }
  const { context = ".", dockerfile, target } = build;
  return {
    context: plain(context),
    dockerfile: dockerfile === undefined ? null : pathIn(plain(context), plain(dockerfile)),
    target: target === undefined ? null : plain(target),
    args: argumentsOf(build.args ?? {}, env),
  };
}

interface Build {
  readonly context?: string;
  readonly dockerfile?: string;
  readonly target?: string;
  readonly args?: readonly string[] | Readonly<Record<string, unknown>>;
}

/** A context that is no path has its Dockerfile in itself. */
function pathIn(context: string, dockerfile: string): string {
  return isAbsolute(context) ? resolve(context, dockerfile) : dockerfile;
}

function argumentsOf(args: NonNullable<Build["args"]>, env: Env): Record<string, string> {
  const entries: (readonly [string, unknown])[] = Array.isArray(args)
    ? args.map((line: string) => {
        const [name = "", ...value] = line.split("=");
        return [name, value.length === 0 ? null : value.join("=")];
      })
    : Object.entries(args);
  const known = entries.flatMap(([name, value]): [string, string][] => {
    const text = value === null ? env[name] : plain(String(value));
    return text === undefined ? [] : [[name, text]];
  });
  return Object.fromEntries(known);
}

/** Compose prints `$$` for each dollar sign, so that what it prints could be read again. */
function plain(text: string): string {
  return text.replaceAll("$$", "$");
}
