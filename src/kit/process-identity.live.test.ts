import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { identityOf, isAlive, type ProcessIdentity } from "./process-identity.ts";

let child: ChildProcess | undefined;
afterEach(() => child?.kill("SIGKILL"));

function identified(pid: number): ProcessIdentity {
  const identity = identityOf(pid);
  if (identity === null) throw new Error(`no process ${pid}`);
  return identity;
}

test("a process is alive until it ends, frozen or not, and is the same each time it is looked at", async () => {
  child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const identity = identified(child.pid as number);
  expect(identityOf(identity.pid)).toEqual(identity);
  child.kill("SIGSTOP");
  expect(isAlive(identity)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isAlive(identity)).toBe(false);
  expect(identityOf(identity.pid)).toBeNull();
});

test("another process with the same pid, or of another boot, is another process", () => {
  const me = identified(process.pid);
  expect(isAlive(me)).toBe(true);
  expect(isAlive({ ...me, start: `${Number(me.start) - 1}` })).toBe(false);
  expect(isAlive({ ...me, boot: "an earlier boot" })).toBe(false);
});

test("a zombie is dead", async () => {
  child = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 60"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = (await once(child.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
  const zombie = Number(String(line));
  await vi.waitFor(() => {
    expect(execFileSync("ps", ["-o", "stat=", "-p", String(zombie)], { encoding: "utf8" })).toMatch(
      /^\s*Z/,
    );
  });
  expect(identityOf(zombie)).toBeNull();
});

test("a program whose name holds parentheses and spaces is recognised", async () => {
  const directory = mkdtempSync(join(tmpdir(), "aegis-name-"));
  try {
    const program = join(directory, "a) Z 1 (b");
    copyFileSync(
      execFileSync("sh", ["-c", "command -v sleep"], { encoding: "utf8" }).trim(),
      program,
    );
    child = spawn(program, ["60"]);
    await once(child, "spawn");
    const mine = identified(child.pid as number);
    expect(Number(mine.start)).toBeGreaterThanOrEqual(Number(identified(process.pid).start));
    expect(isAlive(mine)).toBe(true);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
