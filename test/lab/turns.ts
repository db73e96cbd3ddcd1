import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll } from "vitest";

/** Files that keep the whole machine busy, or judge what a busy machine would spoil: never two of them at a time. */
export const HEAVY: ReadonlySet<string> = new Set([
  "kill-nine.test.ts",
  "releases.docker.test.ts",
  "releases.test.ts",
  "rollout-command.test.ts",
  "rollout-kill-nine.test.ts",
  "scenarios.docker.test.ts",
  "scenarios.test.ts",
]);

const TURN = join(tmpdir(), "aegis-test-turn");
const LONGEST_WAIT_MS = 900_000;

/** For a heavy file: its tests begin when no other heavy file of this machine is being tested. */
export function takeTurns(): void {
  beforeAll(async () => {
    while (!take()) await sleep(200);
  }, LONGEST_WAIT_MS);
  afterAll(() => rmSync(TURN, { recursive: true, force: true }));
}

function take(): boolean {
  try {
    mkdirSync(TURN);
    writeFileSync(join(TURN, "pid"), String(process.pid));
    return true;
  } catch {
    if (isAbandoned()) rmSync(TURN, { recursive: true, force: true });
    return false;
  }
}

/** Its owner was killed. One that has not yet said who it is is not abandoned. */
function isAbandoned(): boolean {
  try {
    process.kill(Number(readFileSync(join(TURN, "pid"), "utf8")), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
