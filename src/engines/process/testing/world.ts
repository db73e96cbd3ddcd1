import { dirname, join } from "node:path";
import { env, execPath, hrtime, pid, platform } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { World } from "../../../kit/world.ts";

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "..");

/** The real world, as the command line would build it. */
export const world: World = {
  clock: {
    now: () => Number(hrtime.bigint() / 1000n),
    wall: () => new Date(),
    sleep: (ms) => sleep(ms),
  },
  env: { ...env },
  cwd: packageRoot,
  platform,
  pid,
  execPath,
  packageRoot,
  stateHome: "/nowhere",
  drawSeed: () => 1,
  drawId: () => String(hrtime.bigint()),
};
