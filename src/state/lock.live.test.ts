import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHost } from "../cli/host.ts";
import { acquireLock, readLock } from "./lock.ts";

const { world } = createHost();
const dead = {
  identity: { pid: process.pid, start: "1", boot: "an earlier boot" },
  command: "aegis chaos run",
  since: "2025-06-01T10:20:30.000Z",
};

/** A process of its own with the built lock: takes and frees on command, or in a loop. */
const TAKER = `
import { closeSync, openSync, unlinkSync } from "node:fs";
import { createHost } from "${world.packageRoot}/dist/src/cli/host.js";
import { acquireLock } from "${world.packageRoot}/dist/src/state/lock.js";
const { world } = createHost();
let lock;
const orders = {
  async take({ directory, at }) {
    while (Date.now() < at);
    try {
      lock = await acquireLock(directory, world, "taker");
      return { took: true, previous: lock.previous?.command ?? null };
    } catch ({ code, message }) {
      return { took: false, code, message };
    }
  },
  async free() {
    lock?.release();
    lock = undefined;
    return {};
  },
  async loop({ directory, times }) {
    let took = 0, broken = 0;
    while (took < times) {
      const held = await acquireLock(directory, world, "taker").catch((error) => error);
      if (String(held).includes("is in use by")) continue;
      if (held instanceof Error) return { error: held.stack };
      took += 1;
      try {
        closeSync(openSync(directory + "/inside", "wx"));
        unlinkSync(directory + "/inside");
      } catch {
        broken += 1;
      }
      held.release();
    }
    return { took, broken };
  },
};
process.on("message", async (order) => process.send(await orders[order.do](order)));
process.on("disconnect", () => process.exit(0));
process.send("ready");
`;

let directory: string;
let takers: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "aegis-lock-"));
});
afterEach(() => {
  for (const taker of takers) taker.kill("SIGKILL");
  takers = [];
  rmSync(directory, { recursive: true });
});

async function startTakers(count: number): Promise<void> {
  takers = Array.from({ length: count }, () =>
    spawn(world.execPath, ["--input-type=module", "-e", TAKER], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    }),
  );
  await Promise.all(takers.map((taker) => once(taker, "message")));
}

async function tell(taker: ChildProcess, order: object): Promise<Record<string, unknown>> {
  const answer = once(taker, "message");
  taker.send(order);
  return (await answer)[0] as Record<string, unknown>;
}

test("of 20 processes that reach for a dead owner's lock at once exactly one gets it", async () => {
  await startTakers(20);
  for (let round = 0; round < 40; round++) {
    const project = mkdtempSync(join(directory, "project-"));
    writeFileSync(join(project, "lock.1"), JSON.stringify(dead));
    const at = Date.now() + 30;
    const answers = await Promise.all(
      takers.map((taker) => tell(taker, { do: "take", directory: project, at })),
    );
    const winners = answers.filter(({ took }) => took);
    expect(winners).toEqual([{ took: true, previous: dead.command }]);
    const losers = answers.filter(({ took, code }) => !took && code === "ENVIRONMENT");
    expect(losers).toHaveLength(19);
    const pid = readLock(project)?.holder.identity.pid;
    for (const { message } of losers) expect(message).toContain(`(pid ${pid}, `);
    await Promise.all(takers.map((taker) => tell(taker, { do: "free" })));
    expect(readLock(project)).toBeNull();
  }
});

test("two processes are never inside at once, however often the lock changes hands", async () => {
  await startTakers(6);
  const answers = await Promise.all(
    takers.map((taker) => tell(taker, { do: "loop", directory, times: 150 })),
  );
  expect(answers).toEqual(takers.map(() => ({ took: 150, broken: 0 })));
});

test("a lock is held while its process lives, frozen or not, and free to take once it was killed", async () => {
  await startTakers(1);
  const [taker] = takers as [ChildProcess];
  await tell(taker, { do: "take", directory, at: 0 });
  taker.kill("SIGSTOP");
  await expect(acquireLock(directory, world, "aegis up")).rejects.toMatchObject({
    message: expect.stringContaining(`pid ${taker.pid}`),
  });
  taker.kill("SIGKILL");
  await once(taker, "exit");
  const lock = await acquireLock(directory, world, "aegis up");
  expect(lock.previous).toMatchObject({ command: "taker", identity: { pid: taker.pid } });
  lock.release();
});
