import { dirname, resolve } from "node:path";
import { ProblemList } from "../kit/problem-list.ts";
import { readYaml, type YamlSource } from "../kit/source.ts";
import { interpolated } from "./interpolated-source.ts";

/** What keys are read with. */
export interface Reach {
  /** What the paths of `extends` start from. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => Uint8Array | string;
}

type Map = Readonly<Record<string, unknown>>;

/** Deeper than any person extends; what is deeper goes in a circle. */
const MOST_BASES = 20;

/** What stands under `x-aegis` of a service as people wrote it: in each file, later ones over earlier ones, each over what it extends. */
export function writtenAegisKeys(
  files: readonly YamlSource[],
  service: string,
  reach: Reach,
): Map | null {
  return files.reduce<Map | null>(
    (below, source) => over(below, keysIn(source, service, reach, MOST_BASES)),
    null,
  );
}

function keysIn(source: YamlSource, service: string, reach: Reach, bases: number): Map | null {
  const filled = interpolated(source, reach.env, new ProblemList());
  const written = mapAt(mapAt(filled.data, "services"), service);
  if (written === null) return null;
  const base = bases === 0 ? null : baseOf(filled, written["extends"], reach, bases - 1);
  return over(base, mapAt(written, "x-aegis"));
}

function baseOf(source: YamlSource, base: unknown, reach: Reach, bases: number): Map | null {
  if (typeof base === "string") return keysIn(source, base, reach, bases);
  const { service, file } = Object(base) as { service?: unknown; file?: unknown };
  if (typeof service !== "string") return null;
  if (typeof file !== "string") return keysIn(source, service, reach, bases);
  const path = resolve(reach.directory, file);
  const other = read(path, reach);
  return other === null
    ? null
    : keysIn(other, service, { ...reach, directory: dirname(path) }, bases);
}

/** null when it cannot be read: Docker has read it, and it would only have told about aegis. */
function read(path: string, { readFile }: Reach): YamlSource | null {
  try {
    return readYaml(readFile(path), path);
  } catch {
    return null;
  }
}

function over(below: Map | null, own: Map | null): Map | null {
  return below === null && own === null ? null : { ...below, ...own };
}

function mapAt(value: unknown, key: string): Map | null {
  const map = Object(value)[key];
  return typeof map === "object" && map !== null && !Array.isArray(map) ? map : null;
}
