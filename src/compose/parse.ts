import type { Problem } from "../kit/problem.ts";
import { ProblemsError } from "../kit/problem.ts";
import { ProblemList } from "../kit/problem-list.ts";
import { checkShape } from "../kit/shape.ts";
import { readYaml, type YamlSource } from "../kit/source.ts";
import type { Stack } from "../model/stack.ts";
import { checkDependencies } from "./dependencies.ts";
import { markedEntry } from "./entry.ts";
import { environmentOf } from "./environment.ts";
import { interpolated } from "./interpolated-source.ts";
import { checkNames, projectName } from "./naming.ts";
import { addProcessRefusals } from "./process-refusals.ts";
import { activeProfiles, checkProfiles, withActiveProfile } from "./profiles.ts";
import { readServices, type WrittenService, withoutForeignKeys } from "./raw-services.ts";
import { replicaSpecs } from "./replica-specs.ts";
import { checkRules } from "./rules.ts";
import { fileSchema } from "./schema.ts";

export interface ComposeOptions {
  readonly text: Uint8Array | string;
  /** As it shall be called in problems, and absolute in the Stack. */
  readonly file: string;
  /** What relative paths of the file start from. */
  readonly directory: string;
  /** For interpolation: the environment over the `.env` beside the file. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** null: COMPOSE_PROJECT_NAME, the file's own name, or that of its directory. */
  readonly project: string | null;
  /** Profiles switched on; none: those of COMPOSE_PROFILES. */
  readonly profiles: readonly string[];
}

/** A compose file as a Stack, and what speaks against running it as plain processes. */
export interface ParsedCompose {
  readonly stack: Stack;
  readonly processRefusals: readonly Problem[];
}

/** Reads a compose file. Throws ProblemsError with every problem at once, each at its line and column. */
export function parseCompose(options: ComposeOptions): ParsedCompose {
  const { directory, env, file } = options;
  const problems = new ProblemList();
  const raw = readYaml(options.text, file);
  const source = withoutForeignKeys(interpolated(raw, env, problems), problems);
  refuseInclude(source, problems);
  const top = checkShape(source, fileSchema, problems);
  if (top === undefined) return fail(problems);
  const services = readServices(source, problems);
  checkProfiles(source, services, options, problems);
  const active = withActiveProfile(services, options);
  checkDependencies(source, services, active, problems);
  checkNames(source, active, problems);
  checkRules(source, active, problems);
  const replicas = active.flatMap((service) =>
    replicaSpecs(service, {
      directory,
      services: active,
      environmentOf: (each) => environmentOf(each, { source, directory, env, problems }),
    }),
  );
  problems.throwIfAny();
  const stack: Stack = {
    project: projectName(options.project, env, top.name, directory),
    file,
    directory,
    profiles: activeProfiles(options),
    ...markedEntry(active.map(({ name, raw }) => [name, raw["x-aegis"]])),
    replicas,
  };
  return { stack, processRefusals: processRefusals(source, active) };
}

/** What its services ask for that plain processes cannot have, by name and place. Empty: all of it can be honoured. */
export function refusalsForProcesses(parsed: ParsedCompose): readonly Problem[] {
  return parsed.processRefusals;
}

function processRefusals(source: YamlSource, active: readonly WrittenService[]): Problem[] {
  const list = new ProblemList();
  for (const service of active) addProcessRefusals(source, service, list);
  try {
    list.throwIfAny();
    return [];
  } catch (thrown) {
    if (thrown instanceof ProblemsError) return [...thrown.problems];
    throw thrown;
  }
}

function refuseInclude(source: YamlSource, problems: ProblemList): void {
  if (!Object.hasOwn(Object(source.data), "include")) return;
  problems.add({
    source,
    path: ["include"],
    message: "other files are not read",
    hint: "write one file with `docker compose config > merged.yaml` and use that",
    at: "key",
  });
}

function fail(problems: ProblemList): never {
  problems.throwIfAny();
  throw new Error("a compose file without a shape has a problem");
}
