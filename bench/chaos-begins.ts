import { setTimeout as sleep } from "node:timers/promises";
import type { AegisUser } from "./aegis.ts";
import type { Running } from "./command.ts";
import { beginOf } from "./update-run.ts";

const PATIENCE_MS = 60_000;

/** Waits until the run of a command is in its chaos phase. Throws when the command ends before, or takes too long. */
export async function chaosBegins(user: AegisUser, { ended }: Running): Promise<void> {
  const early = { stderr: null as string | null };
  ended.then(
    ({ stderr }) => {
      early.stderr = stderr;
    },
    () => {
      early.stderr = "it could not be started";
    },
  );
  const giveUp = performance.now() + PATIENCE_MS;
  while (beginOf(user.journal(), "chaos") === null) {
    if (early.stderr !== null) throw new Error(`aegis chaos run ended early: ${early.stderr}`);
    if (performance.now() > giveUp) throw new Error("aegis chaos run does not get to its chaos");
    await sleep(100);
  }
}
