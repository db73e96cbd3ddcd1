import { setTimeout as sleep } from "node:timers/promises";
import { EXIT_CODES } from "../src/kit/errors.ts";
import type { JournalRecord } from "../src/model/journal.ts";
import type { AegisUser } from "./aegis.ts";
import { composeCommand } from "./bare-containers.ts";
import { chaosBegins } from "./chaos-begins.ts";
import { succeed } from "./command.ts";
import { APPS, COMPOSE_FILE, PROJECT } from "./two-versions.ts";
import { updateScenario } from "./update-run.ts";

/** An update by other means, while a run of aegis measures and does nothing. */
export interface HandUpdate {
  readonly name: string;
  /** Arguments of compose, one command after the other. */
  readonly commands: readonly (readonly string[])[];
  readonly promised: false;
}

/** The way of compose itself for services that have changed. */
export const WITH_COMPOSE: HandUpdate = {
  name: "`docker compose up -d --no-deps`",
  commands: [["up", "-d", "--no-deps", ...APPS]],
  promised: false,
};

/** One after the other, as fast as it goes: no look at whether the new one is ready. */
export const IN_A_LOOP: HandUpdate = {
  name: "a loop of stop, rm and up",
  commands: APPS.flatMap((app) => [
    ["stop", app],
    ["rm", "-f", app],
    ["up", "-d", "--no-deps", app],
  ]),
  promised: false,
};

/** Until the last trouble has shown. */
const AFTERMATH_MS = 5000;

/** Plays it to version v2; `seconds` are those of the commands alone. Nothing was updated where the stack was not steady. */
export async function byHand(
  user: AegisUser,
  { commands }: HandUpdate,
): Promise<{ exit: number | null; records: readonly JournalRecord[]; seconds: number }> {
  const step = "{ id: update, do: wait, for: 2m }";
  const scenario = user.write("update.yaml", updateScenario(step));
  const measuring = user.start("chaos", "run", scenario);
  try {
    await chaosBegins(user, measuring);
  } catch (error) {
    measuring.child.kill();
    const { code } = await measuring.ended;
    if (code === EXIT_CODES.NOT_STEADY) return { exit: code, records: [], seconds: Number.NaN };
    throw error;
  }
  const project = [...composeCommand(), "-p", PROJECT, "-f", user.path(COMPOSE_FILE)];
  const env = { ...process.env, AEGIS_PORT: "0", APP_VERSION: "v2" };
  const began = performance.now();
  for (const command of commands) await succeed([...project, ...command], { env });
  const seconds = (performance.now() - began) / 1000;
  await sleep(AFTERMATH_MS);
  measuring.child.kill("SIGINT");
  const { code } = await measuring.ended;
  return { exit: code, records: user.journal(), seconds };
}
