import { z } from "zod";
import { AegisError } from "../kit/errors.ts";
import { formatDuration } from "../kit/units.ts";
import { defineKind } from "../model/kind.ts";
import type { CommandHarm, Exec, ExecResult } from "../model/powers.ts";
import type { TargetRef } from "../model/replica.ts";
import { command, duration } from "./params.ts";

const params = z.strictObject({
  run: command.describe("The command: a list of words, or a text split at spaces; no shell"),
  undo: command.optional().describe("Undoes it; may run more than once, and when `run` did not"),
  verify: command.optional().describe("Exits 0 when the harm is really there"),
  timeout: duration("10s", { min: 1, max: 600_000 }).describe("How long each command may take"),
});

/**
 * The user's own harm. With `undo` it is held and lasts as long as `for:` or `until:` says; when aegis is gone the engine
 * runs that command. Without `undo` it is instant and irreversible.
 */
export const exec = defineKind({
  name: "exec",
  role: "action",
  summary: "Run a command of yours beside the target; with `undo` it lasts until the step ends",
  needs: ["exec", "lifecycle"],
  held: false,
  holds: ({ undo }) => undo !== undefined,
  params,
  example: {
    run: "touch maintenance.flag",
    verify: "test -e maintenance.flag",
    undo: ["rm", "-f", "maintenance.flag"],
    timeout: "5s",
  },
  irreversible: ({ undo }) => undo === undefined,

  prepare: async ({ lifecycle }, target) => {
    const { state } = await lifecycle.stateOf(target);
    if (state !== "removed") return { state };
    throw new AegisError("ENVIRONMENT", `exec needs ${target.name}, which is removed`, {
      hint: "choose among those that run: `only: ready` in the target",
    });
  },
  apply: async (powers, target, given, hold) => {
    const { run, verify, timeout } = given;
    const harm = harmOf(given);
    if (harm !== null) await powers.exec.hold(target, harm, hold);
    const ran = await runOrThrow(powers.exec, target, run, timeout);
    if (verify === undefined) return { ran, verified: null };
    return { ran, verified: { ...(await powers.exec.run(target, verify, timeout)) } };
  },
  revert: async (powers, target, given) => {
    const harm = harmOf(given);
    if (harm === null) return;
    const { state } = await powers.lifecycle.stateOf(target);
    if (state !== "removed") await runOrThrow(powers.exec, target, harm.undo, harm.timeoutMs);
    await powers.exec.free(target, harm);
  },
  proof: ({ applied }) => {
    const { ran, verified } = (applied ?? {}) as {
      readonly ran?: ExecResult;
      readonly verified?: ExecResult | null;
    };
    return ran?.exitCode === 0 && (verified ?? ran).exitCode === 0;
  },
});

/** null: it is not to be undone. */
function harmOf({ run, undo, timeout }: z.infer<typeof params>): CommandHarm | null {
  return undo === undefined ? null : { run, undo, timeoutMs: timeout };
}

async function runOrThrow(
  power: Exec,
  target: TargetRef,
  words: readonly string[],
  timeoutMs: number,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const result = await power.run(target, words, timeoutMs);
  if (result.exitCode === 0) return { ...result };
  const said = (result.stderr.trim() || result.stdout.trim()).split("\n").slice(-3).join("\n");
  throw new AegisError(
    "ENVIRONMENT",
    `\`${words.join(" ")}\` on ${target.name} exited ${result.exitCode}${said === "" ? "" : `: ${said}`}`,
    {
      hint: `it must exit 0 within ${formatDuration(timeoutMs)}; try it there by hand`,
    },
  );
}
