import { ProblemsError } from "../kit/problem.ts";
import { ProblemList } from "../kit/problem-list.ts";
import { checkShape } from "../kit/shape.ts";
import { readYaml, type YamlSource } from "../kit/source.ts";
import type { ReplicaSpec, Stack } from "../model/stack.ts";
import { type AegisKeys, aegisKeys } from "./aegis-keys.ts";
import { markedEntry } from "./entry.ts";
import { identifyOf, readyOf } from "./replica-specs.ts";
import { versionsOf } from "./versions.ts";
import { type Reach, writtenAegisKeys } from "./written-aegis-keys.ts";

/** What stands under `x-aegis` in the files of a project whose containers are there already. */
export interface ToldKeys {
  readonly entry: Pick<Stack, "entry" | "entryPort">;
  /** By compose service: the spec that its container tells, with what is told about it. */
  told(service: string, spec: ReplicaSpec): ReplicaSpec;
}

/** Reads nothing else of the files, which may have changed since. What cannot be read tells nothing. */
export function aegisKeysOf(
  files: readonly { readonly path: string; readonly text: Uint8Array | string }[],
  reach: Reach,
): ToldKeys {
  const sources = files.flatMap(({ path, text }) => readable(text, path));
  const services = new Set(
    sources.flatMap(({ data }) => Object.keys(Object(Object(data).services))),
  );
  const keys = new Map<string, AegisKeys>();
  for (const service of services) {
    const given = keysOf(sources, service, reach);
    if (given !== null) keys.set(service, given);
  }
  return {
    entry: markedEntry([...keys]),
    told: (service, spec) => {
      const given = keys.get(service);
      return given === undefined ? spec : over(spec, given, reach.directory);
    },
  };
}

function over(spec: ReplicaSpec, given: AegisKeys, directory: string): ReplicaSpec {
  const { container, readyUntold: _, ...rest } = spec;
  const port = given.process?.port ?? container?.port ?? null;
  return {
    ...rest,
    service: given.service ?? spec.service,
    ...readyOf(given, spec.healthcheck !== null),
    identify: identifyOf(given),
    versions: versionsOf(given, directory),
    container: container === null ? null : { ...container, port },
  };
}

function keysOf(sources: readonly YamlSource[], service: string, reach: Reach): AegisKeys | null {
  const written = writtenAegisKeys(sources, service, reach);
  if (written === null) return null;
  const source = { ...(sources[0] as YamlSource), data: written };
  return checkShape(source, aegisKeys, new ProblemList()) ?? null;
}

function readable(text: Uint8Array | string, path: string): YamlSource[] {
  try {
    return [readYaml(text, path)];
  } catch (thrown) {
    if (thrown instanceof ProblemsError) return [];
    throw thrown;
  }
}
