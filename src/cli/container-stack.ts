import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { normalisedAtAGlance } from "../compose/glance.ts";
import { parseNormalised } from "../compose/normalised.ts";
import { locateRefusal } from "../compose/refusal.ts";
import { aegisKeysOf } from "../compose/told.ts";
import type { ComposeProject, Known, Origin, ProjectReader } from "../engines/project-reader.ts";
import { type Problem, ProblemsError } from "../kit/problem.ts";
import type { World } from "../kit/world.ts";
import type { Stack } from "../model/stack.ts";
import { listProjects } from "../state/project-directory.ts";
import { type ComposeFiles, findComposeFiles, readInput, usualFile } from "./compose-files.ts";

/** Which project of these files is meant. */
export interface ProjectChoice {
  readonly project: string | null;
  readonly profiles: readonly string[];
}

/**
 * The stack that compose itself makes of these files. Throws ProblemsError in the words of compose when it refuses them,
 * with `own`: what aegis has found in them by itself. At a glance: without waiting for compose where it need not be asked.
 */
export function stackOfConfig(
  world: World,
  reader: ProjectReader,
  found: ComposeFiles,
  choice: ProjectChoice,
  { own, glance }: { readonly own: readonly Problem[]; readonly glance: boolean },
): Stack {
  const { files, directory, env } = found;
  const project: ComposeProject = { ...choice, files, directory };
  const texts = files.map((path) => ({ path, text: readInput(path) }));
  const [base] = texts;
  const seen =
    glance && own.length === 0 && files.length === 1 && base !== undefined
      ? normalisedAtAGlance(base.text, base.path, env)
      : null;
  const config = seen === null ? reader.config(world, project) : { text: seen };
  if ("refused" in config) {
    const { refused, command } = config;
    const said = `${command}: ${refused}`;
    throw new ProblemsError([...(base === undefined ? [] : [locateRefusal(base, said)]), ...own]);
  }
  return parseNormalised({
    normalised: config.text,
    files: texts,
    directory,
    env,
    ...choice,
    readFile: readInput,
    imagesHere: (names) => reader.images(world, names),
    numbersOf: (name) => ({
      there: reader.numbers(world, name),
      before: listProjects(world).flatMap(({ record }) =>
        record?.stack.project === name ? [numbersIn(record.stack)] : [],
      ),
    }),
  });
}

function numbersIn({ replicas }: Stack): ReadonlyMap<string, readonly number[]> {
  const containers = replicas.flatMap(({ container }) => container ?? []);
  return new Map(
    containers.map(({ service }) => [
      service,
      containers.filter((one) => one.service === service).map(({ number }) => number),
    ]),
  );
}

/** The stack of a project that is there, by whomever it was made; null: there is none of that name. */
export function stackOfRunning(world: World, reader: ProjectReader, project: string): Stack | null {
  return reader.running(world, project, (origin) => knownOf(world, origin));
}

/** The files of a running project may be on another machine, or have changed since: then its containers tell all there is. */
function knownOf(world: World, origin: Origin): Known {
  const directory = origin.directory ?? world.cwd;
  const nothing: Known = { file: null, directory, told: (_, spec) => spec };
  const named = origin.files.map((file) => resolve(directory, file));
  const usual = usualFile(directory);
  const files = named.length > 0 || usual === undefined ? named : [usual];
  const [base, ...overrides] = files;
  if (base === undefined || !files.every((file) => existsSync(file))) return nothing;
  const { env } = findComposeFiles(world, base);
  const texts = files.map((path) => ({ path, text: readInput(path) }));
  const { entry, told } = aegisKeysOf(texts, { directory, env, readFile: readInput });
  return {
    file: base,
    ...(overrides.length === 0 ? {} : { overrides }),
    directory,
    ...entry,
    told,
  };
}
