import type { ProblemList } from "../kit/problem-list.ts";
import { checkShape } from "../kit/shape.ts";
import type { YamlSource } from "../kit/source.ts";
import { didYouMean, suggest } from "../kit/suggest.ts";
import { type RawService, serviceSchema } from "./schema.ts";

/** A service and those it extends, the nearest first: where a key that it has may be written. */
export interface WrittenService {
  readonly name: string;
  /** Merged with what it extends. */
  readonly raw: RawService;
  readonly writtenIn: readonly string[];
  /** Of its containers, one for each replica; absent: 1 to n. */
  readonly numbers?: readonly number[];
}

/** Every service of the file, shape checked where it is written and merged with what it extends. */
export function readServices(source: YamlSource, problems: ProblemList): WrittenService[] {
  const { services } = source.data as { services: Record<string, unknown> };
  const raws = new Map<string, RawService>();
  for (const name of Object.keys(services)) {
    const raw = checkShape(source, serviceSchema, problems, ["services", name]);
    if (raw !== undefined) raws.set(name, raw);
  }
  const extension = new Extension(source, raws, Object.keys(services), problems);
  return [...raws.keys()].map((name) => extension.resolve(name, []));
}

/** The source without the `x-` keys that are the user's own; those that look like ours are problems. */
export function withoutForeignKeys(source: YamlSource, problems: ProblemList): YamlSource {
  const data = source.data as Record<string, unknown>;
  if (typeof data !== "object" || data === null || Array.isArray(data)) return source;
  const strip = (map: unknown, path: readonly string[]): unknown => {
    if (typeof map !== "object" || map === null || Array.isArray(map)) return map;
    return Object.fromEntries(
      Object.entries(map).filter(([key]) => {
        if (!key.startsWith("x-") || (key === "x-aegis" && path.length > 0)) return true;
        if (suggest(key, ["x-aegis"]) === undefined) return false;
        const hint =
          path.length === 0 ? "x-aegis belongs into a service" : 'did you mean "x-aegis"?';
        problems.add({ source, path: [...path, key], message: "unknown key", hint, at: "key" });
        return false;
      }),
    );
  };
  const top = strip(data, []) as Record<string, unknown>;
  const services = top["services"];
  if (typeof services !== "object" || services === null || Array.isArray(services)) {
    return { ...source, data: top };
  }
  const stripped = Object.entries(services).map(([name, service]) => {
    const path = ["services", name];
    const own = strip(service, path);
    const { deploy } = Object(own);
    if (deploy === undefined) return [name, own];
    return [name, { ...Object(own), deploy: strip(deploy, [...path, "deploy"]) }];
  });
  return { ...source, data: { ...top, services: Object.fromEntries(stripped) } };
}

class Extension {
  readonly #source: YamlSource;
  readonly #raws: ReadonlyMap<string, RawService>;
  readonly #names: readonly string[];
  readonly #problems: ProblemList;

  constructor(
    source: YamlSource,
    raws: ReadonlyMap<string, RawService>,
    names: readonly string[],
    problems: ProblemList,
  ) {
    this.#source = source;
    this.#raws = raws;
    this.#names = names;
    this.#problems = problems;
  }

  resolve(name: string, below: readonly string[]): WrittenService {
    const raw = this.#raws.get(name) as RawService;
    const base = raw.extends;
    const alone = { name, raw, writtenIn: [name] };
    if (base === undefined) return alone;
    const complain = (about: string, message: string, hint?: string) => {
      const path = ["services", about, "extends"];
      // Told once, where it is written, and not again by each that extends it.
      if (about === (below[0] ?? name)) {
        this.#problems.add({ source: this.#source, path, message, hint });
      }
      return alone;
    };
    if (base.file !== undefined) {
      return complain(name, "extends a service of another file, which is not read", MERGED_HINT);
    }
    const chain = [...below, name];
    if (chain.includes(base.service)) {
      return complain(base.service, `extends itself: ${[...chain, base.service].join(" -> ")}`);
    }
    if (!this.#raws.has(base.service)) {
      // One with problems of its own is there, but has no shape.
      if (this.#names.includes(base.service)) return alone;
      return complain(
        name,
        `extends "${base.service}", which is no service`,
        didYouMean(base.service, this.#names),
      );
    }
    const resolved = this.resolve(base.service, chain);
    return { name, raw: merge(resolved.raw, raw), writtenIn: [name, ...resolved.writtenIn] };
  }
}

const MERGED_HINT = "write one file with `docker compose config > merged.yaml` and use that";

/** Compose's rules: maps are merged, lists appended, anything else replaced. */
function merge(base: RawService, own: RawService): RawService {
  return {
    ...base,
    ...own,
    ...both("environment", base, own),
    ...both("depends_on", base, own),
    ...both("healthcheck", base, own),
    ...both("deploy", base, own),
    ...both("x-aegis", base, own),
    ...appended("ports", base, own),
    ...appended("env_file", base, own),
    ...appended("volumes", base, own),
    ...appended("profiles", base, own),
  };
}

function both<K extends keyof RawService>(key: K, base: RawService, own: RawService) {
  if (base[key] === undefined || own[key] === undefined) return {};
  return { [key]: { ...(base[key] as object), ...(own[key] as object) } };
}

function appended<K extends keyof RawService>(key: K, base: RawService, own: RawService) {
  if (!Array.isArray(base[key]) || !Array.isArray(own[key])) return {};
  return { [key]: [...base[key], ...own[key]] };
}
