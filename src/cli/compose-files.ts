import { existsSync, readFileSync, statSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { parseEnvFile } from "../compose/env-file.ts";
import { AegisError, messageOf } from "../kit/errors.ts";
import type { World } from "../kit/world.ts";

/** Which files a stack is made of, absolute. */
export interface ComposeFiles {
  /** The base first; those behind it are laid over it. */
  readonly files: readonly [string, ...string[]];
  /** What relative paths start from. */
  readonly directory: string;
  /** The environment over the `.env` of the directory. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** As compose looks for them, each with what is laid over it when it is there. */
const NAMES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDES = [
  "compose.override.yaml",
  "compose.override.yml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

/**
 * A file that is named is that file alone. A directory is what compose would take in it: COMPOSE_FILE, else the usual
 * name with its override. Throws INVALID_INPUT when there is none.
 */
export function findComposeFiles({ env }: World, path: string): ComposeFiles {
  if (!existsSync(path)) {
    throw new AegisError("INVALID_INPUT", `there is no compose file ${path}`, {
      hint: "Give its path with --compose, or leave it out for the bundled stack.",
    });
  }
  const directory = statSync(path).isDirectory() ? path : dirname(path);
  const all = { ...dotEnv(directory), ...env };
  if (directory !== path) return { files: [path], directory, env: all };
  const named = filesNamed(all, directory);
  const [base = usualFile(directory), ...overrides] = named;
  if (base === undefined) {
    throw new AegisError("INVALID_INPUT", `there is no compose file in ${directory}`, {
      hint: `Looked for ${NAMES.join(", ")}.`,
    });
  }
  const over = named.length > 0 ? overrides : usualOverrides(directory);
  return { files: [base, ...over], directory, env: all };
}

/** The compose file of a directory by its usual names; undefined when there is none. */
export function usualFile(directory: string): string | undefined {
  return NAMES.map((name) => join(directory, name)).find((file) => existsSync(file));
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

function filesNamed(env: ComposeFiles["env"], directory: string): string[] {
  const separator = env["COMPOSE_PATH_SEPARATOR"] || delimiter;
  const names = (env["COMPOSE_FILE"] ?? "").split(separator).filter(Boolean);
  return names.map((name) => resolve(directory, name));
}

function usualOverrides(directory: string): string[] {
  const file = OVERRIDES.map((name) => join(directory, name)).find((each) => existsSync(each));
  return file === undefined ? [] : [file];
}

/** Compose reads `.env` beside the file; the environment itself wins. */
function dotEnv(directory: string): Record<string, string> {
  const path = join(directory, ".env");
  return existsSync(path) ? parseEnvFile(readFileSync(path, "utf8")) : {};
}
