import { spawnSync } from "node:child_process";
import { AegisError, messageOf } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";

/** How a command went that only reads. */
export interface Called {
  /** null: it could not be started, or was ended by a signal. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const MOST_BYTES = 64 * 1024 * 1024;

/** Runs a command to its end, without a shell. Throws ENVIRONMENT when it takes longer than `limitMs`. */
export function called(
  { env, cwd }: World,
  program: string,
  args: readonly string[],
  { limitMs, directory = cwd }: { readonly limitMs: number; readonly directory?: string },
): Called {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: directory,
    env: { ...env },
    encoding: "utf8",
    maxBuffer: MOST_BYTES,
    timeout: limitMs,
  });
  if (error !== undefined && "code" in error && error.code === "ETIMEDOUT") {
    throw new AegisError(
      "ENVIRONMENT",
      `${program} did not answer within ${limitMs / 1000} s: ${[program, ...args].join(" ")}`,
      { cause: error },
    );
  }
  const problem = error === undefined ? "" : messageOf(error);
  return { status, stdout: stdout ?? "", stderr: stderr || problem };
}
