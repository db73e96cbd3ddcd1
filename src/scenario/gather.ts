import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { messageOf } from "../kit/errors.ts";
import { ProblemsError } from "../kit/problem.ts";
import type { ProblemList } from "../kit/problem-list.ts";
import { checkShape } from "../kit/shape.ts";
import { readYaml, type SourcePath, type YamlSource } from "../kit/source.ts";
import type { Vantage } from "../model/plan.ts";
import {
  assertSchema,
  limitsSchema,
  monkeySchema,
  phasesSchema,
  SCENARIO_PARTS,
  stackSchema,
  steadySchema,
  stepSchema,
  trafficSchema,
} from "./schema.ts";

/** A part of a file, with where it stands. */
export interface Placed<Value> {
  readonly source: YamlSource;
  readonly path: SourcePath;
  /** The directory its relative paths start from, absolute. */
  readonly directory: string;
  readonly value: Value;
}

export type TrafficShape = z.output<typeof trafficSchema>;
export type StepShape = z.output<typeof stepSchema>;
export type AssertShape = z.output<typeof assertSchema>;
export type MonkeyShape = z.output<typeof monkeySchema>;
export type StackShape = z.output<typeof stackSchema>;
type Settings = Readonly<Record<string, Placed<unknown>>>;

/** A scenario with what it uses: each part by its own shape. `null` in place of a part whose shape is wrong (a problem says so). */
export interface Gathered {
  readonly root: YamlSource;
  readonly name: string | null;
  readonly seed: number | null;
  readonly stack: Placed<StackShape | null> | null;
  readonly vantage: Vantage | null;
  /** By name. */
  readonly traffic: ReadonlyMap<string, Placed<TrafficShape | null>>;
  readonly steps: readonly Placed<StepShape | null>[];
  readonly monkey: Placed<MonkeyShape> | null;
  readonly asserts: readonly Placed<AssertShape>[];
  readonly hasAsserts: boolean;
  readonly abortWhen: readonly Placed<string>[];
  /** Single settings by key: the nearest file's wins. */
  readonly phases: Settings;
  readonly steady: Settings;
  readonly limits: Settings;
}

export interface GatherOptions {
  readonly text: Uint8Array | string;
  readonly file: string;
  readonly directory: string;
  readonly readFile: (path: string) => Uint8Array | string;
  readonly problems: ProblemList;
}

/** Reads a scenario and, before it, the shared files it uses. Throws ProblemsError when the file itself is no YAML. */
export function gather(options: GatherOptions): Gathered {
  const root = readYaml(options.text, options.file);
  const seen = [resolve(options.directory, basename(options.file))];
  const file: Reading = { ...options, source: root, seen, included: new Set(seen) };
  checkKeys(file, ["version", "name"]);
  const name = part(file, "name", SCENARIO_PARTS.name)?.value ?? null;
  return { ...readShared(file), root, name };
}

type Shared = Omit<Gathered, "root" | "name">;

interface Reading extends Omit<GatherOptions, "text"> {
  readonly source: YamlSource;
  /** Absolute paths of the files that led here. */
  readonly seen: readonly string[];
  /** Of all files read so far. */
  readonly included: Set<string>;
}

function readShared(file: Reading): Shared {
  const used = useEntries(file).flatMap((entry) => includeFile(file, entry) ?? []);
  const own = readOwn(file);
  return [...used, own].reduce(merge);
}

function readOwn(file: Reading): Shared {
  const asserts = list(file, "assert", assertSchema);
  return {
    seed: part(file, "seed", SCENARIO_PARTS.seed)?.value ?? null,
    stack: stackPart(file),
    vantage: part(file, "vantage", SCENARIO_PARTS.vantage)?.value ?? null,
    monkey: part(file, "monkey", monkeySchema),
    traffic: trafficOf(file),
    steps: list(file, "steps", stepSchema),
    asserts: asserts.flatMap((each) => (each.value === null ? [] : [each as Placed<AssertShape>])),
    hasAsserts: asserts.length > 0,
    abortWhen: texts(file, "abort-when"),
    phases: settings(file, "phases", phasesSchema),
    steady: settings(file, "steady", steadySchema),
    limits: settings(file, "limits", limitsSchema),
  };
}

/** What is nearer wins: `own` over what it uses. A step of the same id takes the place of the shared one. */
function merge(base: Shared, own: Shared): Shared {
  const ownIds = new Map(own.steps.map((step) => [idOf(step), step]));
  const baseIds = new Set(base.steps.map(idOf));
  const replaced = base.steps.map((step) => {
    const id = idOf(step);
    return id === null ? step : (ownIds.get(id) ?? step);
  });
  return {
    seed: own.seed ?? base.seed,
    stack: own.stack ?? base.stack,
    vantage: own.vantage ?? base.vantage,
    monkey: own.monkey ?? base.monkey,
    traffic: new Map([...base.traffic, ...own.traffic]),
    steps: [
      ...replaced,
      ...own.steps.filter((step) => idOf(step) === null || !baseIds.has(idOf(step))),
    ],
    asserts: [...base.asserts, ...own.asserts],
    hasAsserts: base.hasAsserts || own.hasAsserts,
    abortWhen: [...base.abortWhen, ...own.abortWhen],
    phases: { ...base.phases, ...own.phases },
    steady: { ...base.steady, ...own.steady },
    limits: { ...base.limits, ...own.limits },
  };
}

/** The id of a step, also of one whose shape is wrong otherwise. */
export function idOf({ source, path }: Placed<StepShape | null>): string | null {
  const id = rawAt(source, [...path, "id"]);
  return typeof id === "string" ? id : null;
}

/** What stands at a place, unchecked. */
export function rawAt(source: YamlSource, path: SourcePath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    source.data,
  );
}

function useEntries(file: Reading): Placed<string>[] {
  return texts(file, "use");
}

function includeFile(file: Reading, entry: Placed<string>): Shared | null {
  const { problems, source, seen, included } = file;
  const path = resolve(file.directory, entry.value);
  const report = (message: string, hint: string): null => {
    problems.add({ source, path: entry.path, message, hint });
    return null;
  };
  if (seen.includes(path)) {
    const round = [...seen.slice(seen.indexOf(path)), path].map((each) => basename(each));
    return report(`files use each other: ${round.join(" -> ")}`, "remove one of the use: lines");
  }
  if (included.has(path)) return null;
  included.add(path);
  let bytes: Uint8Array | string;
  try {
    bytes = file.readFile(path);
  } catch (thrown) {
    return report(
      `cannot be read: ${messageOf(thrown)}`,
      "paths start from the directory of this file",
    );
  }
  const name = join(dirname(file.file), entry.value);
  try {
    const inner = readYaml(bytes, name);
    const reading = {
      ...file,
      file: name,
      source: inner,
      directory: dirname(path),
      seen: [...seen, path],
    };
    checkKeys(reading, []);
    return readShared(reading);
  } catch (thrown) {
    if (!(thrown instanceof ProblemsError)) throw thrown;
    problems.addAll(thrown.problems);
    return null;
  }
}

/** Only the keys of the top level; each part is checked by itself, so that one mistake does not hide others. */
function checkKeys(file: Reading, required: readonly string[]): void {
  const shape: Record<string, z.ZodType> = {};
  for (const key of Object.keys(SCENARIO_PARTS)) {
    const known: z.ZodType = key === "version" ? SCENARIO_PARTS.version : z.unknown();
    shape[key] = required.includes(key)
      ? known.refine((value) => value !== undefined)
      : known.optional();
  }
  checkShape(file.source, z.strictObject(shape), file.problems);
}

function part<Schema extends z.ZodType>(
  file: Reading,
  key: string,
  schema: Schema,
): Placed<z.output<Schema>> | null {
  if (rawAt(file.source, [key]) === undefined) return null;
  const value = checkShape(file.source, schema, file.problems, [key]);
  return value === undefined ? null : placed(file, [key], value);
}

function stackPart(file: Reading): Gathered["stack"] {
  if (rawAt(file.source, ["stack"]) === undefined) return null;
  const value = checkShape(file.source, stackSchema, file.problems, ["stack"]) ?? null;
  return placed(file, ["stack"], value);
}

function trafficOf(file: Reading): Map<string, Placed<TrafficShape | null>> {
  const names = part(file, "traffic", z.record(z.string(), z.unknown()));
  return new Map(
    Object.keys(names?.value ?? {}).map((name) => {
      const path = ["traffic", name];
      const value = checkShape(file.source, trafficSchema, file.problems, path) ?? null;
      return [name, placed(file, path, value)];
    }),
  );
}

function list<Schema extends z.ZodType>(
  file: Reading,
  key: string,
  schema: Schema,
): Placed<z.output<Schema> | null>[] {
  const items = part(file, key, z.array(z.unknown()))?.value ?? [];
  return items.map((_, index) => {
    const path = [key, index];
    return placed(file, path, checkShape(file.source, schema, file.problems, path) ?? null);
  });
}

/** One text or a list of them. */
function texts(file: Reading, key: "use" | "abort-when"): Placed<string>[] {
  const value = part(file, key, SCENARIO_PARTS[key])?.value ?? [];
  const single = typeof rawAt(file.source, [key]) === "string";
  return value.map((text, index) => placed(file, single ? [key] : [key, index], text));
}

function settings(file: Reading, key: string, schema: z.ZodType): Settings {
  const value = part(file, key, schema)?.value ?? {};
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, placed(file, [key, name], each)]),
  );
}

function placed<Value>(file: Reading, path: SourcePath, value: Value): Placed<Value> {
  return { source: file.source, path, directory: file.directory, value };
}
