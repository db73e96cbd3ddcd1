import { parse } from "yaml";
import { ProblemsError } from "../kit/problem.ts";
import { ProblemList } from "../kit/problem-list.ts";
import { checkShape } from "../kit/shape.ts";
import { readYaml, type YamlSource } from "../kit/source.ts";
import type { ImageFacts, ReplicaSpec, Stack } from "../model/stack.ts";
import { aegisKeys } from "./aegis-keys.ts";
import { markedEntry } from "./entry.ts";
import { unseen, withImages } from "./image-facts.ts";
import { checkNames, projectName } from "./naming.ts";
import { type KnownNumbers, withNumbers } from "./numbers.ts";
import { activeProfiles, withActiveProfile } from "./profiles.ts";
import { type WrittenService, withoutForeignKeys } from "./raw-services.ts";
import { replicaSpecs } from "./replica-specs.ts";
import { restartOfDeploy } from "./restart-of-deploy.ts";
import { checkRules } from "./rules.ts";
import { type RawService, serviceSchema } from "./schema.ts";
import { writtenAegisKeys } from "./written-aegis-keys.ts";

export interface NormalisedOptions {
  /** What `compose config` printed. */
  readonly normalised: string;
  /** The files it read, the base first: where problems are shown, and what aegis keys are looked up in. */
  readonly files: readonly { readonly path: string; readonly text: Uint8Array | string }[];
  readonly directory: string;
  /** The environment over the `.env` of the directory. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** null: the one that compose has printed, else as it chooses. */
  readonly project: string | null;
  readonly profiles: readonly string[];
  readonly readFile: (path: string) => Uint8Array | string;
  /** What images say of themselves; those that are not here are left out. */
  readonly imagesHere: (names: readonly string[]) => ReadonlyMap<string, ImageFacts>;
  readonly numbersOf: (project: string) => KnownNumbers;
}

/**
 * What compose itself has made of a project, as a Stack. What Docker has accepted is not judged again: only what stands
 * under `x-aegis` can be wrong. Environments stay out of it: compose gives them to the containers, and they may hold
 * secrets. Throws ProblemsError with every problem at once.
 */
export function parseNormalised(options: NormalisedOptions): Stack {
  const { directory, env, files } = options;
  const [base, ...overrides] = files.map(({ path }) => path);
  const problems = new ProblemList();
  const written = files.map(({ path, text }) => sourceOf(text, path));
  for (const source of written) withoutForeignKeys(source, problems);
  const data = withoutDoubledDollars(parse(options.normalised) ?? {}) as ComposeData;
  const services = inWrittenOrder(Object.entries(data.services ?? {}), written).map(
    ([name, service]) => readService({ name, service, written, options, problems }),
  );
  const project = options.project ?? data.name ?? projectName(null, env, undefined, directory);
  const numbered = withNumbers(withActiveProfile(services, options), options.numbersOf(project));
  const active = withImages(numbered, project, options.imagesHere);
  const source = { ...(written[0] as YamlSource), data: dataOf(active) };
  checkNames(source, active, problems);
  checkRules(source, active, problems, ["one service is the entry"]);
  problems.throwIfAny();
  const replicas: ReplicaSpec[] = active.flatMap((service) =>
    replicaSpecs(service, { directory, services: active, environmentOf: () => ({}) }).map((spec) =>
      service.unseen ? unseen(spec) : spec,
    ),
  );
  return {
    project,
    file: base ?? null,
    ...(overrides.length === 0 ? {} : { overrides }),
    directory,
    profiles: activeProfiles(options),
    ...markedEntry(active.map(({ name, raw }) => [name, raw["x-aegis"]])),
    replicas,
  };
}

interface ComposeData {
  readonly name?: string;
  readonly services?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Reading {
  readonly name: string;
  readonly service: Readonly<Record<string, unknown>>;
  readonly written: readonly YamlSource[];
  readonly options: NormalisedOptions;
  readonly problems: ProblemList;
}

/** The keys of a service that aegis reads; one that it cannot read is Docker's own business. */
const READ_KEYS = [
  "image",
  "expose",
  "depends_on",
  "healthcheck",
  "restart",
  "stop_signal",
  "stop_grace_period",
  "profiles",
  "ports",
  "deploy",
  "scale",
] as const satisfies readonly (keyof RawService)[];

function readService(reading: Reading): WrittenService {
  const { name, service } = reading;
  const raw: Record<string, unknown> = {};
  for (const key of READ_KEYS) {
    if (service[key] === null || service[key] === undefined) continue;
    const result = serviceSchema.shape[key].safeParse(readable(key, service[key]));
    if (result.success) raw[key] = result.data;
  }
  raw["restart"] ??= restartOfDeploy(service["deploy"]);
  const aegis = aegisOf(reading);
  if (aegis !== undefined) raw["x-aegis"] = aegis;
  return { name, raw: raw as RawService, writtenIn: [name] };
}

/** Of lists and maps, what can be read of them. */
function readable(key: string, value: unknown): unknown {
  if (key === "ports" && Array.isArray(value)) {
    return value.filter((port) => serviceSchema.shape.ports.safeParse([port]).success);
  }
  if (key === "depends_on" && !Array.isArray(value)) {
    return Object.fromEntries(
      Object.entries(Object(value)).map(([on, how]) => [
        on,
        { condition: Object(how).condition ?? "service_started" },
      ]),
    );
  }
  if (key === "healthcheck") {
    const { test, interval, timeout, retries, start_period, disable } = Object(value);
    return { test, interval, timeout, retries, start_period, disable };
  }
  return key === "deploy" ? { replicas: Object(value).replicas } : value;
}

/** Compose 1 drops the `x-` keys of services that extend another, or that stand in several files: then as they are written. */
function aegisOf({ name, service, written, options, problems }: Reading): RawService["x-aegis"] {
  const { directory, env, readFile } = options;
  const keys =
    service["x-aegis"] ??
    writtenAegisKeys(written, name, { directory, env, readFile }) ??
    undefined;
  const path = ["services", name, "x-aegis"];
  const source = written.find(({ data }) => has(data, path)) ?? (written[0] as YamlSource);
  const given = { ...source, data: { services: { [name]: { "x-aegis": keys } } } };
  return checkShape(given, aegisKeys.optional(), problems, path);
}

function has(data: unknown, path: readonly string[]): boolean {
  let value = data;
  for (const key of path) value = Object(value)[key];
  return value !== undefined;
}

function dataOf(services: readonly WrittenService[]): unknown {
  return { services: Object.fromEntries(services.map(({ name, raw }) => [name, raw])) };
}

/** Compose prints services by name; people know them in the order of their file. */
function inWrittenOrder<T>(
  services: readonly (readonly [string, T])[],
  written: readonly YamlSource[],
): (readonly [string, T])[] {
  const order = written.flatMap(({ data }) => Object.keys(Object(Object(data).services)));
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : 1e9);
  return [...services].sort(([a], [b]) => place(a) - place(b));
}

/** A file that Docker reads and our strict parser does not has no places to point at. */
function sourceOf(text: Uint8Array | string, file: string): YamlSource {
  try {
    return readYaml(text, file);
  } catch (thrown) {
    if (!(thrown instanceof ProblemsError)) throw thrown;
    return readYaml("", file);
  }
}

/** Both versions print `$$` for each dollar sign, so that what they print could be read again. */
function withoutDoubledDollars(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$$", "$");
  if (Array.isArray(value)) return value.map(withoutDoubledDollars);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutDoubledDollars(item)]),
  );
}
