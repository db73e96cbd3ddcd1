import { basename, join, resolve } from "node:path";
import { commandStack } from "../compose/command-stack.ts";
import { entryOf } from "../compose/entry.ts";
import { type ParsedCompose, parseCompose, refusalsForProcesses } from "../compose/parse.ts";
import { meansProcesses } from "../compose/process-meaning.ts";
import { engineNames, readerOf } from "../engines/registry.ts";
import { AegisError } from "../kit/errors.ts";
import { ProblemsError } from "../kit/problem.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { World } from "../kit/world.ts";
import type { StackChoice } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";
import { type ComposeFiles, findComposeFiles, readInput } from "./compose-files.ts";
import { type ProjectChoice, stackOfConfig } from "./container-stack.ts";
import { isRemembered, otherProjects, runningStack } from "./running-stack.ts";

/** The options that say which stack a command is about, as commander gives them. */
export interface StackFlags {
  readonly compose?: string;
  readonly project?: string;
  readonly profile?: readonly string[];
  readonly engine?: string;
  readonly entry?: { readonly service: string; readonly port: number | null };
  readonly cmd?: string;
  readonly replicas?: number;
  readonly ready?: string;
}

/** A stack and the name of the engine that is to run it. */
export interface LoadedStack {
  readonly stack: Stack;
  readonly engine: string;
}

export const NO_CHOICE: StackChoice = { compose: null, project: null, profiles: [], engine: null };

/** How many of `--cmd` where nothing is said. */
export const COMMAND_REPLICAS = 3;

/** What runs a stack that no plain processes can be. */
const CONTAINERS = "docker";

/**
 * Flag > scenario > the bundled stack; the engine: flag > scenario > `process` if every service can be a process > docker.
 * At a glance: for commands that only look at what runs, and need not know it as exactly as one that starts it.
 * A project without a compose file is one that runs already, else the bundled stack under that name.
 * Throws ProblemsError for a bad compose file, INVALID_INPUT for bad flags, ENVIRONMENT when no engine can run it.
 */
export function loadStack(
  world: World,
  flags: StackFlags,
  choice: StackChoice,
  { glance } = { glance: false },
): LoadedStack {
  const loaded = loadChosen(world, flags, choice, glance);
  return flags.entry === undefined ? loaded : withEntry(loaded, flags.entry);
}

function withEntry(
  { stack, engine }: LoadedStack,
  { service, port }: NonNullable<StackFlags["entry"]>,
): LoadedStack {
  const services = [...new Set(stack.replicas.map((replica) => replica.service))];
  if (!services.includes(service)) {
    throw new AegisError("INVALID_INPUT", `--entry: the stack has no service "${service}"`, {
      hint: didYouMean(service, services),
    });
  }
  const { entryPort: _, ...rest } = { ...stack, entry: service };
  const at = port ?? entryOf(rest)?.port ?? null;
  return { stack: at === null ? rest : { ...rest, entryPort: at }, engine };
}

function loadChosen(
  world: World,
  flags: StackFlags,
  choice: StackChoice,
  glance: boolean,
): LoadedStack {
  const engine = knownEngine(flags.engine ?? choice.engine);
  if (flags.cmd !== undefined) return fromCommand(world, flags, flags.cmd, engine);
  const path = flags.compose === undefined ? choice.compose : resolve(world.cwd, flags.compose);
  const project = flags.project ?? choice.project;
  if (path === null && project !== null) {
    const running = runningStack(world, project, engine);
    if (running !== null) return running;
    if (glance) refuseUnknown(world, project, engine);
  }
  const found = findComposeFiles(world, path ?? join(world.packageRoot, "docker-compose.yml"));
  const bundled = found.directory === world.packageRoot ? "aegis" : null;
  const profiles = flags.profile ?? choice.profiles;
  return fromFiles(world, found, { project: project ?? bundled, profiles, engine, glance });
}

/** There is nothing to look at under a name that nobody has used, on an engine that could tell. */
function refuseUnknown(world: World, project: string, engine: string | null): void {
  if (engine === null || readerOf(engine) === null || isRemembered(world, project)) return;
  throw new AegisError("ENVIRONMENT", `there is no project "${project}" to look at`, {
    hint: otherProjects(world, project),
  });
}

function knownEngine(name: string | null): string | null {
  if (name === null || engineNames.includes(name)) return name;
  throw new AegisError("INVALID_INPUT", `there is no engine "${name}"`, {
    hint: didYouMean(name, engineNames),
  });
}

function fromCommand(
  world: World,
  flags: StackFlags,
  command: string,
  engine: string | null,
): LoadedStack {
  if (flags.compose !== undefined) {
    throw new AegisError(
      "INVALID_INPUT",
      "--cmd and --compose were both given: a stack comes from one of them",
    );
  }
  if (engine !== null && engine !== "process") {
    throw new AegisError("INVALID_INPUT", `--cmd runs plain processes, which ${engine} does not`, {
      hint: "Leave out --engine, or give a compose file in place of --cmd.",
    });
  }
  const stack = commandStack({
    command,
    replicas: flags.replicas ?? COMMAND_REPLICAS,
    ready: flags.ready ?? "/",
    project:
      flags.project ??
      `cmd-${basename(world.cwd)
        .toLowerCase()
        .replace(/[^a-z0-9_-]/g, "-")}`,
    directory: world.cwd,
  });
  return { stack, engine: "process" };
}

function fromFiles(
  world: World,
  found: ComposeFiles,
  {
    engine: wanted,
    glance,
    ...choice
  }: ProjectChoice & { readonly engine: string | null; readonly glance: boolean },
): LoadedStack {
  const own = readByOurselves(found, choice);
  const engine = wanted ?? (wantsProcesses(found, own) ? "process" : CONTAINERS);
  const reader = readerOf(engine);
  if (reader === null) {
    if (own instanceof ProblemsError) throw own;
    return { stack: asProcesses(own, found), engine };
  }
  const problems = own instanceof ProblemsError ? own.problems : [];
  try {
    return {
      stack: stackOfConfig(world, reader, found, choice, { own: problems, glance }),
      engine,
    };
  } catch (thrown) {
    // Without a compose here, what the file says can still be looked at.
    if (!(thrown instanceof AegisError) || thrown.code !== "ENVIRONMENT") throw thrown;
    if (own instanceof ProblemsError) throw own;
    return { stack: own.stack, engine };
  }
}

/** The base file alone, as aegis understands it without Docker, or what it has against it. */
function readByOurselves(
  { files: [file], directory, env }: ComposeFiles,
  choice: ProjectChoice,
): ParsedCompose | ProblemsError {
  const text = readInput(file);
  try {
    return parseCompose({ text, file, directory, env, ...choice });
  } catch (thrown) {
    if (thrown instanceof ProblemsError) return thrown;
    throw thrown;
  }
}

function wantsProcesses(found: ComposeFiles, own: ParsedCompose | ProblemsError): boolean {
  if (own instanceof ProblemsError)
    return meansProcesses(readInput(found.files[0]), found.files[0]);
  return own.stack.replicas.every(({ process }) => process !== null);
}

function asProcesses(parsed: ParsedCompose, { files: [file, over] }: ComposeFiles): Stack {
  if (over !== undefined) {
    throw new AegisError(
      "INVALID_INPUT",
      `plain processes read one file, and ${over} is laid over ${file}`,
      {
        hint: `name the one that is meant: --compose ${file}`,
      },
    );
  }
  const problems = refusalsForProcesses(parsed);
  if (problems.length > 0) throw new ProblemsError(problems);
  const bare = parsed.stack.replicas.filter(({ process }) => process === null);
  if (bare.length === 0) return parsed.stack;
  throw new AegisError(
    "ENVIRONMENT",
    `${file}: ${[...new Set(bare.map(({ service }) => service))].join(", ")} cannot run as plain processes`,
    {
      hint: "Give each service `x-aegis: { process: { command: [...], port: N } }`, or use --engine docker.",
    },
  );
}
