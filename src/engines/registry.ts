import { AegisError } from "../kit/errors.ts";
import { didYouMean } from "../kit/suggest.ts";
import { composeReader } from "./docker/compose/reader.ts";
import type { CreateEngine } from "./engine.ts";
import type { ProjectReader } from "./project-reader.ts";
import type { SurveyEngine } from "./survey.ts";

interface EngineRow {
  readonly load: () => Promise<CreateEngine>;
  /** Absent: `createEngine` finds out everything there is to know. */
  readonly survey?: () => Promise<SurveyEngine>;
}

/** Adding an engine is a folder and a line here. Each is loaded only when it is used. */
const ENGINES: Readonly<Record<string, EngineRow>> = {
  process: { load: async () => (await import("./process/index.ts")).createProcessEngine },
  docker: {
    load: async () => (await import("./docker/index.ts")).createDockerEngine,
    survey: async () => (await import("./docker/survey.ts")).surveyDockerEngine,
  },
  dry: { load: async () => (await import("./dry/index.ts")).createDryEngine },
};

/** Runs nothing: for aegis itself, where there is no stack, and for tests. */
const OURS = "dry";

/** The names `--engine` and `stack.engine` accept. */
export const engineNames: readonly string[] = Object.keys(ENGINES).filter((name) => name !== OURS);

/** The factory of an engine by its name. Rejects with INVALID_INPUT when there is none of that name. */
export async function loadEngine(name: string): Promise<CreateEngine> {
  return rowOf(name).load();
}

/** How the machine of an engine is surveyed; null where `createEngine` says all. Rejects as `loadEngine` does. */
export async function loadSurvey(name: string): Promise<SurveyEngine | null> {
  return (await rowOf(name).survey?.()) ?? null;
}

/** How engines read projects by themselves. Loaded at once: what is read before a run is read without waiting in between. */
const READERS: Readonly<Record<string, ProjectReader>> = { docker: composeReader };

/** How an engine reads projects; null: aegis reads compose files for it. */
export function readerOf(name: string): ProjectReader | null {
  return (Object.hasOwn(READERS, name) ? READERS[name] : undefined) ?? null;
}

function rowOf(name: string): EngineRow {
  const row = Object.hasOwn(ENGINES, name) ? ENGINES[name] : undefined;
  if (row !== undefined) return row;
  throw new AegisError("INVALID_INPUT", `there is no engine "${name}"`, {
    hint: didYouMean(name, engineNames),
  });
}
