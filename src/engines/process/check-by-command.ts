import { messageOf } from "../../kit/errors.ts";
import type { ExecResult } from "../../model/powers.ts";
import type { ProbeResult } from "../probes.ts";

type Run = (command: readonly string[], timeoutMs: number) => Promise<ExecResult>;

/** A healthcheck that is a command: well when it exits 0. Never rejects. */
export function checkByCommand(
  run: Run,
): (command: readonly string[], timeoutMs: number) => Promise<ProbeResult> {
  return async (command, timeoutMs) => {
    const { exitCode, stderr } = await run(command, timeoutMs).catch((thrown) => ({
      exitCode: -1,
      stderr: messageOf(thrown),
    }));
    const detail = exitCode === -1 ? stderr : `the healthcheck exited ${exitCode}`;
    return { ok: exitCode === 0, detail, version: null, reached: true, silent: false };
  };
}
