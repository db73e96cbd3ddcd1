import type { Engine } from "../engines/engine.ts";
import { placeOf } from "../engines/places.ts";
import { loadEngine } from "../engines/registry.ts";
import { AegisError } from "../kit/errors.ts";
import { placeName } from "../runner/project.ts";
import { projectDirectory, projectPath } from "../state/project-directory.ts";
import type { Host } from "./host.ts";
import { leftHarm } from "./left-harm.ts";
import type { LoadedStack } from "./load-stack.ts";

/** What aegis keeps of this project between commands; made if need be. Throws ENVIRONMENT. */
export async function stateDirectoryOf(
  host: Host,
  { stack, engine }: LoadedStack,
): Promise<string> {
  const place = await placeOf(engine, host.world.env);
  return projectDirectory(host.world, placeName(engine, place), stack.project);
}

/** Works on a stack without its lock: for commands that only look, and leave no trace. The engine is closed afterwards. */
export async function withEngine<T>(
  host: Host,
  { stack, engine: name }: LoadedStack,
  work: (engine: Engine, directory: string) => Promise<T>,
): Promise<T> {
  const place = await placeOf(name, host.world.env);
  const stateDirectory = projectPath(host.world, placeName(name, place), stack.project);
  const createEngine = await loadEngine(name);
  const engine = await createEngine({ stack, world: host.world, stateDirectory });
  try {
    return await work(engine, stateDirectory);
  } finally {
    await engine.close();
  }
}

/** The same, of a stack that runs, with a warning when a dead run has left harm in it. Throws ENVIRONMENT when it does not run. */
export async function withRunningStack<T>(
  host: Host,
  loaded: LoadedStack,
  work: (engine: Engine, directory: string) => Promise<T>,
): Promise<T> {
  return withEngine(host, loaded, async (engine, directory) => {
    const harm = leftHarm(directory, loaded.stack.project);
    if (harm !== null) host.stderr.line(harm);
    if (await engine.isUp()) return work(engine, directory);
    throw new AegisError("ENVIRONMENT", `${loaded.stack.project} is not up`, {
      hint: "Start it with: aegis up, and the same --compose, --project and --engine, if any",
    });
  });
}
