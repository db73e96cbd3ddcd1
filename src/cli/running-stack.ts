import { engineNames, readerOf } from "../engines/registry.ts";
import { AegisError } from "../kit/errors.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { World } from "../kit/world.ts";
import { listProjects } from "../state/project-directory.ts";
import { stackOfRunning } from "./container-stack.ts";
import type { LoadedStack } from "./load-stack.ts";

/**
 * A project that is there already, of the engine asked for, else of any that can look; null: there is none. What an
 * engine that was not asked for cannot look at, it has not.
 */
export function runningStack(
  world: World,
  project: string,
  wanted: string | null,
): LoadedStack | null {
  if (wanted !== null) return runningOn(world, project, wanted);
  if (runsAsProcesses(world, project)) return null;
  for (const engine of engineNames) {
    const found = unlessItCannotLook(() => runningOn(world, project, engine));
    if (found !== null) return found;
  }
  return null;
}

function runningOn(world: World, project: string, engine: string): LoadedStack | null {
  const reader = readerOf(engine);
  const stack = reader === null ? null : stackOfRunning(world, reader, project);
  return stack === null ? null : { stack, engine };
}

function unlessItCannotLook<T>(look: () => T): T | null {
  try {
    return look();
  } catch (thrown) {
    if (thrown instanceof AegisError && thrown.code === "ENVIRONMENT") return null;
    throw thrown;
  }
}

/** What to say when no project of that name is there: those that are, or one that was meant. */
export function otherProjects(world: World, project: string): string {
  const others = engineNames.flatMap(
    (engine) => unlessItCannotLook(() => readerOf(engine)?.projects(world) ?? []) ?? [],
  );
  return didYouMean(project, others);
}

/** Has aegis started a project of that name, and not taken it down? */
export function isRemembered(world: World, project: string): boolean {
  return listProjects(world).some(({ record }) => record?.stack.project === project);
}

function runsAsProcesses(world: World, project: string): boolean {
  return listProjects(world).some(
    ({ record }) => record?.engine === "process" && record.stack.project === project,
  );
}
