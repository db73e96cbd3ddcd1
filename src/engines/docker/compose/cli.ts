import type { ResultPromise } from "execa";
import { AegisError } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";
import type { BuildSpec, Stack } from "../../../model/stack.ts";
import type { ComposeProject } from "../../project-reader.ts";
import { type ComposeAction, composeArguments, type Scale } from "./argv.ts";
import { type ComposeCommand, commandText, findCompose } from "./command.ts";
import { readConfig } from "./config.ts";
import { hintFor, saidBy } from "./messages.ts";
import { sourceIn } from "./source.ts";

/**
 * What aegis lets compose do: making the containers of a project (what takes them down needs no compose file). Every call rejects with ENVIRONMENT
 * in compose's own words, and ends compose when the signal aborts. DOCKER_HOST and its like are those of the world.
 */
export interface ComposeCli {
  /** As a person types it: `docker compose`, `docker-compose`. */
  readonly command: string;
  /** Makes and starts what is not there, images to be built too; containers whose configuration has changed stay as they are. */
  up(stack: Stack, options?: UpOptions): Promise<void>;
  /** How the image of a compose service is made, as its files say now; null: it is not. Rejects with INVALID_INPUT for a build that only compose can do. */
  source(stack: Stack, service: string): Promise<BuildSpec | null>;
}

interface UpOptions {
  /** Compose services: only these, and nothing that they depend on. Absent: all. */
  readonly services?: readonly string[];
  readonly signal?: AbortSignal;
}

/** The compose of this machine. Rejects with ENVIRONMENT when there is none. */
export async function createComposeCli(world: World): Promise<ComposeCli> {
  const compose = findCompose(world);
  const run = runnerOf(world, compose);
  return {
    command: commandText(compose),
    up: (stack, { services, signal } = {}) => {
      const scale = scaleOf(stack);
      return run(
        stack,
        services === undefined ? { do: "up", scale } : { do: "put-back", scale, services },
        signal,
      );
    },
    source: async (stack, service) => {
      const config = readConfig(world, projectOf(stack));
      if ("text" in config) return sourceIn(config.text, service, world.env);
      throw new AegisError("INVALID_INPUT", `\`${config.command}\` refuses: ${config.refused}`);
    },
  };
}

/** A second after SIGTERM compose has had its time. */
const KILL_AFTER_MS = 1000;

function runnerOf(world: World, compose: ComposeCommand) {
  return async (stack: Stack, action: ComposeAction, signal?: AbortSignal): Promise<void> => {
    const project = projectOf(stack);
    const { execa } = await import("execa");
    const child = execa(compose.program, [...compose.args, ...composeArguments(project, action)], {
      cwd: project.directory,
      env: { ...world.env },
      extendEnv: false,
      stdin: "ignore",
      all: true,
      reject: false,
    });
    const end = () => endSoon(child);
    signal?.addEventListener("abort", end, { once: true });
    if (signal?.aborted) end();
    const { failed, all, code } = await child;
    signal?.removeEventListener("abort", end);
    if (!failed) return;
    const doing = `\`${commandText(compose)} ${action.do === "put-back" ? "up" : action.do}\``;
    if (signal?.aborted) throw new AegisError("ENVIRONMENT", `${doing} was cut short`);
    const said = saidBy(all) || (code ?? "it said nothing");
    const hint = hintFor(all, `${commandText(compose)} --file ${stack.file}`);
    throw new AegisError(
      "ENVIRONMENT",
      `${doing} of ${stack.project} failed: ${said}`,
      hint === undefined ? {} : { hint },
    );
  };
}

/** What compose has started itself (a build) may outlive it and keep its output open: nobody waits for that. */
function endSoon(child: Pick<ResultPromise, "kill" | "stdout" | "stderr">): void {
  child.kill("SIGTERM");
  setTimeout(() => {
    child.kill("SIGKILL");
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, KILL_AFTER_MS).unref();
}

function projectOf({ project, file, overrides = [], directory, profiles }: Stack): ComposeProject {
  if (file === null) {
    throw new AegisError("INVALID_INPUT", `${project} has no compose file that could be read here`);
  }
  return { project, files: [file, ...overrides], directory, profiles };
}

/** How many of each compose service there shall be. */
function scaleOf({ replicas }: Stack): Scale {
  const scale: Record<string, number> = {};
  for (const { container } of replicas) {
    if (container === null) continue;
    scale[container.service] = (scale[container.service] ?? 0) + 1;
  }
  return scale;
}
