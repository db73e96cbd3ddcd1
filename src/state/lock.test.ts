import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHost } from "../cli/host.ts";
import { identityOf } from "../kit/process-identity.ts";
import { acquireLock, readLock } from "./lock.ts";
import { rememberProject } from "./project-directory.ts";

const { world } = createHost();
const since = "2025-06-01T10:20:30.000Z";
const dead = {
  identity: { pid: process.pid, start: "1", boot: "an earlier boot" },
  command: "aegis chaos run",
  since,
};
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "aegis-lock-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("a free project", () => {
  test("can be taken, freed and taken again, any number of times", async () => {
    for (let round = 0; round < 5; round++) {
      expect(readLock(directory)).toBeNull();
      const lock = await acquireLock(directory, world, "aegis up");
      expect(lock.previous).toBeNull();
      expect(readLock(directory)).toMatchObject({ holder: { command: "aegis up" }, alive: true });
      lock.release();
      lock.release();
    }
    expect(readdirSync(directory)).toEqual(["lock.10"]);
  });

  test("is one that was never used, and one whose directory is gone", () => {
    expect(readLock(directory)).toBeNull();
    expect(readLock(join(directory, "nowhere"))).toBeNull();
  });

  test("is one whose lock file lost its content in a power loss", async () => {
    writeFileSync(join(directory, "lock.4"), '{"identity":{"pi');
    expect((await acquireLock(directory, world, "aegis up")).previous).toBeNull();
  });
});

describe("a project in use", () => {
  test("is refused with who has it, since when, and what to do", async () => {
    const identity = identityOf(process.pid);
    writeFileSync(join(directory, "lock.3"), JSON.stringify({ ...dead, identity }));
    const stack = { project: "shop", file: null, directory, profiles: [], replicas: [] };
    rememberProject(directory, { engine: "process", stack, owned: true }, world);
    await expect(acquireLock(directory, world, "aegis up")).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: `project shop is in use by \`aegis chaos run\` (pid ${process.pid}, since 2025-06-01 10:20:30 UTC)`,
      hint: expect.stringContaining(String(process.pid)),
    });
    expect(readdirSync(directory).sort()).toEqual(["lock.3", "project.json"]);
  });

  test("is refused to the same process, too", async () => {
    const lock = await acquireLock(directory, world, "aegis up");
    await expect(acquireLock(directory, world, "aegis down")).rejects.toMatchObject({
      code: "ENVIRONMENT",
    });
    lock.release();
    (await acquireLock(directory, world, "aegis down")).release();
  });
});

describe("a dead owner's project", () => {
  test("is taken over, and the taker learns whose it was", async () => {
    writeFileSync(join(directory, "lock.7"), JSON.stringify(dead));
    expect(readLock(directory)).toEqual({ holder: dead, alive: false });
    const lock = await acquireLock(directory, world, "aegis heal");
    expect(lock.previous).toEqual(dead);
    expect(readdirSync(directory)).toEqual(["lock.8"]);
  });

  test("is known by the start time even when its pid lives again", async () => {
    const identity = { ...identityOf(process.pid), start: "1" };
    writeFileSync(join(directory, "lock.1"), JSON.stringify({ ...dead, identity }));
    expect((await acquireLock(directory, world, "aegis heal")).previous).toMatchObject({
      identity,
    });
  });
});

test("releasing never throws, not even when the directory was removed", async () => {
  const lock = await acquireLock(directory, world, "aegis down");
  rmSync(directory, { recursive: true });
  expect(() => lock.release()).not.toThrow();
});

test("a directory that is not there is a matter of the environment", async () => {
  await expect(acquireLock(join(directory, "nowhere"), world, "aegis up")).rejects.toMatchObject({
    code: "ENVIRONMENT",
  });
});
