import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { commandStack } from "../compose/command-stack.ts";
import { parseEnvFile } from "../compose/env-file.ts";
import { parseCompose, refusalsForProcesses } from "../compose/parse.ts";
import { engineNames } from "../engines/registry.ts";
import { AegisError, messageOf } from "../kit/errors.ts";
import { ProblemsError } from "../kit/problem.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { World } from "../kit/world.ts";
import type { StackChoice } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";

/** The options that say which stack a command is about, as commander gives them. */
export interface StackFlags {
  readonly compose?: string;
  readonly project?: string;
  readonly profile?: readonly string[];
  readonly engine?: string;
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

/**
 * Flag > scenario > the bundled stack; the engine: flag > scenario > `process` if every service can be a process.
 * Throws ProblemsError for a bad compose file, INVALID_INPUT for bad flags, ENVIRONMENT when no engine can run it.
 */
export function loadStack(world: World, flags: StackFlags, choice: StackChoice): LoadedStack {
  if (flags.cmd !== undefined) return fromCommand(world, flags, flags.cmd);
  const file = composeFile(world, flags, choice);
  const directory = dirname(file);
  const project = flags.project ?? choice.project;
  const parsed = parseCompose({
    text: readCompose(file),
    file,
    directory,
    env: { ...dotEnv(directory), ...world.env },
    project: project ?? (dirname(file) === world.packageRoot ? "aegis" : null),
    profiles: flags.profile ?? choice.profiles,
  });
  return chooseEngine(parsed, flags.engine ?? choice.engine, file);
}

/** Reads a file the user named. Throws INVALID_INPUT when it cannot be read. */
export function readInput(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (thrown) {
    throw new AegisError("INVALID_INPUT", `cannot read ${path}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

function fromCommand(world: World, flags: StackFlags, command: string): LoadedStack {
  if (flags.compose !== undefined) {
    throw new AegisError(
      "INVALID_INPUT",
      "--cmd and --compose were both given: a stack comes from one of them",
    );
  }
  const stack = commandStack({
    command,
    replicas: flags.replicas ?? 3,
    ready: flags.ready ?? "/",
    project:
      flags.project ??
      `cmd-${basename(world.cwd)
        .toLowerCase()
        .replace(/[^a-z0-9_-]/g, "-")}`,
    directory: world.cwd,
  });
  return chooseEngine({ stack, processRefusals: [] }, flags.engine ?? null, "--cmd");
}

function composeFile(world: World, flags: StackFlags, choice: StackChoice): string {
  if (flags.compose !== undefined) return resolve(world.cwd, flags.compose);
  return choice.compose ?? join(world.packageRoot, "docker-compose.yml");
}

function readCompose(file: string): Buffer {
  if (!existsSync(file)) {
    throw new AegisError("INVALID_INPUT", `there is no compose file ${file}`, {
      hint: "Give its path with --compose, or leave it out for the bundled stack.",
    });
  }
  return readInput(file);
}

/** Compose reads `.env` beside the file; the environment itself wins. */
function dotEnv(directory: string): Record<string, string> {
  const path = join(directory, ".env");
  return existsSync(path) ? parseEnvFile(readFileSync(path, "utf8")) : {};
}

function chooseEngine(
  parsed: ReturnType<typeof parseCompose>,
  wanted: string | null,
  file: string,
): LoadedStack {
  if (wanted !== null && !engineNames.includes(wanted)) {
    throw new AegisError("INVALID_INPUT", `there is no engine "${wanted}"`, {
      hint: didYouMean(wanted, engineNames),
    });
  }
  const engine = wanted ?? "process";
  if (engine === "process") {
    const problems = refusalsForProcesses(parsed);
    if (problems.length > 0) throw new ProblemsError(problems);
    const bare = parsed.stack.replicas.filter(({ process }) => process === null);
    if (bare.length > 0) {
      throw new AegisError(
        "ENVIRONMENT",
        `${file}: ${[...new Set(bare.map(({ service }) => service))].join(", ")} cannot run as plain processes`,
        { hint: "Give each service `x-aegis: { process: { command: [...], port: N } }`." },
      );
    }
  }
  return { stack: parsed.stack, engine };
}
