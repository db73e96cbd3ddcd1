import { AegisError } from "../kit/errors.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { CreateEngine } from "./engine.ts";

/** Adding an engine is a folder and a line here. Each is loaded only when it is used. */
const LOADERS: Readonly<Record<string, () => Promise<CreateEngine>>> = {
  process: async () => (await import("./process/index.ts")).createProcessEngine,
  dry: async () => (await import("./dry/index.ts")).createDryEngine,
};

/** Runs nothing: for aegis itself, where there is no stack, and for tests. */
const OURS = "dry";

/** The names `--engine` and `stack.engine` accept. */
export const engineNames: readonly string[] = Object.keys(LOADERS).filter((name) => name !== OURS);

/** The factory of an engine by its name. Rejects with INVALID_INPUT when there is none of that name. */
export async function loadEngine(name: string): Promise<CreateEngine> {
  const load = Object.hasOwn(LOADERS, name) ? LOADERS[name] : undefined;
  if (load !== undefined) return load();
  throw new AegisError("INVALID_INPUT", `there is no engine "${name}"`, {
    hint: didYouMean(name, engineNames),
  });
}
