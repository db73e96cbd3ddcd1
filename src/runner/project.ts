import type { CreateEngine, Engine, UpOptions } from "../engines/engine.ts";
import { type Place, placeOf } from "../engines/places.ts";
import { loadEngine } from "../engines/registry.ts";
import type { World } from "../kit/world.ts";
import type { Stack } from "../model/stack.ts";
import { forgetWayBack } from "../state/course-record.ts";
import { type Ledger, openLedger } from "../state/ledger.ts";
import { acquireLock } from "../state/lock.ts";
import {
  forgetProject,
  type ProjectRecord,
  projectDirectory,
  recallProject,
  rememberProject,
} from "../state/project-directory.ts";
import { type Found, lookAt } from "./ownership.ts";

export interface ProjectOptions {
  readonly world: World;
  readonly stack: Stack;
  readonly engine: string;
  /** For whoever finds the stack in use: `aegis chaos run`. */
  readonly command: string;
  readonly onProgress: (line: string) => void;
  /** In place of the engine of that name: of tests. */
  readonly createEngine?: CreateEngine;
}

/** A project that nobody else changes meanwhile. */
export interface Project {
  readonly engine: Engine;
  readonly ledger: Ledger;
  /** Private to the project: what aegis knows of it between commands. */
  readonly stateDirectory: string;
  /** What there was of it when it was opened. */
  readonly found: Found;
  /** Brings it up, as ours: not to be called on one that is not. */
  up(options: UpOptions): Promise<void>;
}

/**
 * Opens the project under its lock: for commands that change the stack without measuring it. What `heal` and `down` need to
 * know of it in another process is on disk before any work, and is forgotten when nothing is left that they would have to find.
 */
export async function withLock<T>(
  options: ProjectOptions,
  work: (project: Project) => Promise<T>,
): Promise<T> {
  const { world, stack, onProgress } = options;
  const createEngine = options.createEngine ?? (await loadEngine(options.engine));
  const place = await placeOf(options.engine, world.env);
  const directory = projectDirectory(world, placeName(options.engine, place), stack.project);
  const lock = await acquireLock(directory, world, options.command);
  try {
    const engine = await createEngine({ stack, world, stateDirectory: directory });
    try {
      if (engine.remote !== null) {
        onProgress(`project ${stack.project} is on another machine: ${engine.remote}`);
      }
      return await openUnderLock({ ...options, place: place.env, directory }, engine, work);
    } finally {
      await engine.close();
    }
  } finally {
    lock.release();
  }
}

/** What the directories of projects are told apart by: of each place that an engine runs things in they are others. */
export function placeName(engine: string, { endpoint }: Place): string {
  return endpoint === null ? engine : `${engine}@${endpoint}`;
}

async function openUnderLock<T>(
  {
    world,
    stack,
    engine: name,
    place,
    directory,
  }: ProjectOptions & { readonly place: Place["env"]; readonly directory: string },
  engine: Engine,
  work: (project: Project) => Promise<T>,
): Promise<T> {
  const known = recallProject(directory);
  const found = await lookAt(engine, known);
  if (!found.exists) forgetWayBack(directory);
  const remember = (ownership: Pick<ProjectRecord, "owned" | "life">): void =>
    rememberProject(directory, { engine: name, place, stack, ...ownership }, world);
  const isOurs = found.exists && !found.foreign;
  const before = isOurs ? await lifeOf(engine, known) : {};
  remember({ owned: isOurs, ...before });
  const ledger = openLedger(directory);
  let isOver = false;
  const up = async (options: UpOptions): Promise<void> => {
    remember({ owned: true, ...before });
    await upTelling(engine, options, world, (life) => {
      if (!isOver) remember({ owned: true, life });
    });
  };
  try {
    return await work({ engine, ledger, stateDirectory: directory, found, up });
  } finally {
    isOver = true;
    if (!(await isWanted(engine, ledger, directory))) forgetProject(directory);
    ledger.close();
  }
}

const LOOK_MS = 50;

/** Brings it up, and tells its life as soon as it has one: should we die meanwhile, what is there by then is known for ours. */
async function upTelling(
  engine: Engine,
  options: UpOptions,
  { clock }: World,
  tell: (life: string) => void,
): Promise<void> {
  const over = new AbortController();
  const look = async (): Promise<boolean> => {
    const life = (await engine.life?.()) ?? null;
    if (life !== null) tell(life);
    return life !== null;
  };
  const lookOut = async (): Promise<void> => {
    while (!over.signal.aborted && !(await look())) await clock.sleep(LOOK_MS, over.signal);
  };
  const going = engine.up(options).finally(() => over.abort());
  // What keeps us from looking keeps `up` from working, or is found again at its end.
  if (engine.life !== undefined) lookOut().catch(() => undefined);
  await going;
  await look();
}

/** As it was recorded, else the one that there is now. */
async function lifeOf(
  engine: Engine,
  record: ProjectRecord | null,
): Promise<Pick<ProjectRecord, "life">> {
  const life = record?.life ?? (await engine.life?.()) ?? null;
  return life === null ? {} : { life };
}

/** Is there anything that a later command would have to find? When in doubt, yes. */
async function isWanted(engine: Engine, ledger: Ledger, directory: string): Promise<boolean> {
  if (ledger.open().length > 0) return true;
  const record = recallProject(directory);
  if (record?.owned !== true && ledger.damage.length === 0) return false;
  return lookAt(engine, record).then(
    ({ exists }) => exists,
    () => true,
  );
}
