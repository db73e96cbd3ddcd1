import { AegisError } from "../../kit/errors.ts";
import type { World } from "../../kit/world.ts";
import { type ComposeCommand, commandText, findCompose } from "./compose/command.ts";

/** The compose that starts and stops projects here. */
export type ComposeFacts =
  | {
      /** As a person types it. */
      readonly command: string;
      /** As it says it itself; null when it does not answer in time. */
      readonly version: string | null;
    }
  | { readonly command: null; readonly why: string; readonly hint: string };

/** Finds it and asks it. */
export async function surveyCompose(world: World, limitMs: number): Promise<ComposeFacts> {
  const compose = findOrProblem(world);
  if (compose instanceof AegisError) {
    return { command: null, why: compose.message, hint: compose.hint ?? "" };
  }
  const { execa } = await import("execa");
  const { failed, stdout } = await execa(compose.program, [...compose.args, "version", "--short"], {
    cwd: world.cwd,
    env: { ...world.env },
    extendEnv: false,
    stdin: "ignore",
    reject: false,
    timeout: limitMs,
  });
  const version = failed ? undefined : /^v?(\d\S*)/.exec(stdout.trim())?.[1];
  return { command: commandText(compose), version: version ?? null };
}

function findOrProblem(world: World): ComposeCommand | AegisError {
  try {
    return findCompose(world);
  } catch (thrown) {
    if (thrown instanceof AegisError) return thrown;
    throw thrown;
  }
}
