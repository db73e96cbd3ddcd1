import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { crashProcess } from "./crash.ts";

const ID = "5b2c".repeat(16);

/** Crashes process 7 of a proc file system that tells this of its control groups; true when it was killed. */
function crash(cgroup: string | null, kill?: () => never): boolean {
  const proc = mkdtempSync(join(tmpdir(), "aegis-proc-"));
  if (cgroup !== null) {
    mkdirSync(join(proc, "7"));
    writeFileSync(join(proc, "7", "cgroup"), cgroup);
  }
  let isKilled = false;
  const note = (pid: number, signal: string): void => {
    isKilled = pid === 7 && signal === "SIGKILL";
  };
  try {
    crashProcess(ID, 7, kill ?? note, proc);
  } finally {
    rmSync(proc, { recursive: true });
  }
  return isKilled;
}

describe("a process is killed", () => {
  test.each([
    ["version 1", `12:pids:/docker/${ID}\n11:memory:/docker/${ID}\n`],
    ["version 1 of systemd", `9:cpu,cpuacct:/system.slice/docker-${ID}.scope\n`],
    ["version 2", `0::/system.slice/docker-${ID}.scope\n`],
    ["version 2 from a namespace of ours", `0::/../${ID}\n`],
    [
      "rootless",
      `0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope\n`,
    ],
    ["one that made a group of its own", `0::/docker/${ID}/init.scope\n`],
  ])("when its control groups are the container's: %s", (_what, cgroup) => {
    expect(crash(cgroup)).toBe(true);
  });

  const stranger = { code: "not-running" };

  test.each([
    ["another container's", `0::/docker/${"0".repeat(64)}\n`],
    ["whose id only begins alike", `0::/docker/${ID}0\n`],
    ["the host's", "0::/init.scope\n"],
    ["gone", null],
  ])("never when it is %s", (_what, cgroup) => {
    expect(() => crash(cgroup)).toThrow(expect.objectContaining(stranger));
  });

  test("unless it ends at that moment, or the site forbids it", () => {
    const fail = (code: string) => () => {
      throw Object.assign(new Error(`kill ${code}`), { code });
    };
    const cgroup = `0::/docker/${ID}\n`;
    expect(() => crash(cgroup, fail("ESRCH"))).toThrow(expect.objectContaining(stranger));
    const failed = { code: "failed", message: "kill EPERM" };
    expect(() => crash(cgroup, fail("EPERM"))).toThrow(expect.objectContaining(failed));
  });
});
