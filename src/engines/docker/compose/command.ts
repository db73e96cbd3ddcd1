import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { AegisError } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";
import { isExecutable } from "../../executable.ts";

/** How compose is called on this machine: `docker compose` (version 2 and later) or `docker-compose` (version 1, or 2 on its own). */
export interface ComposeCommand {
  readonly program: string;
  /** Before all others: `compose` of the docker command. */
  readonly args: readonly string[];
  /** Is it the docker command's own, which is never version 1? */
  readonly isPlugin: boolean;
}

const PLUGIN: ComposeCommand = { program: "docker", args: ["compose"], isPlugin: true };
const ALONE: ComposeCommand = { program: "docker-compose", args: [], isPlugin: false };
const LOOK_MS = 20_000;

/** Per world, because nothing that is looked for changes while a command runs. */
const found = new WeakMap<World, ComposeCommand>();

/** The compose of this machine: what AEGIS_COMPOSE names, else `docker compose`, else `docker-compose`. Throws ENVIRONMENT when there is none. */
export function findCompose(world: World): ComposeCommand {
  const known = found.get(world);
  if (known !== undefined) return known;
  const command = chosen(world) ?? (hasPlugin(world) ? PLUGIN : alone(world));
  found.set(world, command);
  return command;
}

/** As a person types it. */
export function commandText({ program, args }: ComposeCommand): string {
  return [program, ...args].join(" ");
}

function chosen({ env }: World): ComposeCommand | null {
  const text = env["AEGIS_COMPOSE"]?.trim();
  if (text === undefined || text === "") return null;
  const [program = "", ...args] = text.split(/\s+/);
  if (!isProgram(env, program)) {
    throw new AegisError("ENVIRONMENT", `AEGIS_COMPOSE names "${program}", which is not there`, {
      hint: 'set it to "docker compose", "docker-compose" or a path',
    });
  }
  return { program, args, isPlugin: args[0] === "compose" };
}

function hasPlugin({ env, cwd }: World): boolean {
  if (!isProgram(env, "docker")) return false;
  const args = ["compose", "version", "--short"];
  return spawnSync("docker", args, { cwd, env: { ...env }, timeout: LOOK_MS }).status === 0;
}

function alone({ env }: World): ComposeCommand {
  if (isProgram(env, ALONE.program)) return ALONE;
  const docker = isProgram(env, "docker");
  throw new AegisError(
    "ENVIRONMENT",
    docker
      ? "docker is here, but neither `docker compose` nor `docker-compose` is"
      : "neither docker nor docker-compose is here",
    {
      hint: docker
        ? "Install the compose plugin (https://docs.docker.com/compose/install/), or name another compose with AEGIS_COMPOSE."
        : "Install Docker with its compose plugin (https://docs.docker.com/engine/install/), or use --engine process.",
    },
  );
}

function isProgram(env: World["env"], name: string): boolean {
  if (name.includes("/")) return isExecutable(name);
  const directories = (env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return directories.some((directory) => isExecutable(join(directory, name)));
}
