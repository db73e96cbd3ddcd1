import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { bootId, identityOf, isAlive } from "../../kit/process-identity.ts";
import { serverSpec } from "../contract/stack.ts";
import { writeJson } from "../json-file.ts";
import { readProcess } from "./proc-table.ts";
import { signalProcess } from "./signals.ts";
import { stateFiles } from "./state-files.ts";
import { sweep } from "./sweep.ts";
import {
  grandchildOf,
  openProject,
  PATIENCE,
  parentSpec,
  shellSpec,
  startStranger,
  type TestProject,
  temporaryDirectory,
} from "./testing/project.ts";
import { world } from "./testing/world.ts";

const isGone = (pid: number): boolean => [undefined, "Z"].includes(readProcess(pid)?.state);

const allGone = (pids: readonly number[]) =>
  vi.waitFor(() => expect(pids.filter((pid) => !isGone(pid))).toEqual([]), PATIENCE);

async function familyOf(project: TestProject): Promise<number[]> {
  const names = project.stack.replicas.map(({ name }) => name);
  const parents = await Promise.all(names.map((name) => project.pidOf(name)));
  const children = await Promise.all(names.map((name) => grandchildOf(project.engine, name)));
  const family = [...parents, ...children];
  expect(family.every((pid) => pid > 1 && !isGone(pid))).toBe(true);
  return family;
}

describe("a supervisor that is killed", () => {
  test("takes replicas and grandchildren with it, frozen ones and those that left their group too", async () => {
    const runaway = shellSpec("runaway", "setsid sleep 1000 & echo $!; wait");
    const project = await openProject([parentSpec("plain"), parentSpec("frozen"), runaway]);
    await project.up();
    const family = await familyOf(project);
    const { id } = await project.engine.lease({ ttlMs: 60_000, downOnExpiry: false });
    const hold = { lease: id, injection: "freeze#1" };
    await project.engine.powers.lifecycle.pause(await project.get("frozen"), hold);
    signalProcess(project.supervisor().pid, "SIGKILL");
    await allGone(family);
  });

  test("even if its watchdog was killed first, what it left is swept by the next command", async () => {
    const project = await openProject([parentSpec("plain")]);
    await project.up();
    const family = await familyOf(project);
    const { pid, token } = project.supervisor();
    signalProcess(pid, "SIGSTOP");
    killWatchdog(token);
    signalProcess(pid, "SIGKILL");
    await allGone([pid]);
    expect(family.some((one) => !isGone(one))).toBe(true);
    const next = await project.open();
    await allGone(family);
    expect(await next.isUp()).toBe(false);
  });

  test("is told to whoever calls, and never replaced in silence", async () => {
    const project = await openProject([shellSpec("one", "sleep 1000")]);
    await project.up();
    const one = await project.get("one");
    const following = project.engine.events(new AbortController().signal);
    const reading = (async () => {
      for await (const event of following) expect(event.type).toBe("snapshot");
    })();
    signalProcess(project.supervisor().pid, "SIGKILL");
    const gone = {
      code: "ENVIRONMENT",
      message: expect.stringMatching(/supervisor of project test\d+ is gone/),
    };
    await expect(reading).rejects.toMatchObject(gone);
    await expect(project.engine.replicas()).rejects.toMatchObject(gone);
    await expect(project.engine.powers.lifecycle.start(one)).rejects.toMatchObject(gone);
    await vi.waitFor(async () => expect(await project.engine.isUp()).toBe(false), PATIENCE);
    await project.up();
    expect((await project.get("one")).state).toBe("running");
  });
});

describe("the sweep", () => {
  test("kills recorded groups, but never a process that has got the pid of one", async () => {
    const stateDirectory = temporaryDirectory();
    const files = stateFiles(stateDirectory);
    const [leftPid, strangerPid] = [startStranger(), startStranger()];
    const identity = (pid: number, start: string) => ({ pid, start, boot: bootId() });
    const startOf = (pid: number) => identityOf(pid)?.start ?? "";
    writeJson(files.record, { ...identity(999_999_999, "1"), token: "nobody's" });
    writeJson(files.groups, [
      identity(leftPid, startOf(leftPid)),
      identity(strangerPid, `${startOf(strangerPid)}0`),
    ]);
    await sweep(files, world.pid);
    await allGone([leftPid]);
    expect(isGone(strangerPid)).toBe(false);
  });

  test("does nothing while the supervisor lives", async () => {
    const project = await openProject([shellSpec("one", "sleep 1000")]);
    await project.up();
    const pid = await project.pidOf("one");
    await sweep(stateFiles(project.stateDirectory), world.pid);
    expect(isGone(pid)).toBe(false);
    expect(isAlive(project.supervisor())).toBe(true);
  });
});

describe("the supervisor", () => {
  test("listens on a socket of mode 0600 in a directory of mode 0700", async () => {
    const project = await openProject([shellSpec("one", "sleep 1000")]);
    await project.up();
    const { socket } = stateFiles(project.stateDirectory);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
  });

  test("works from a state directory whose path is too long for a socket", async () => {
    const long = join(temporaryDirectory(), "x".repeat(120));
    mkdirSync(long, { mode: 0o700 });
    const project = await openProject([shellSpec("one", "sleep 1000")], long);
    await project.up();
    expect((await project.get("one")).state).toBe("running");
    expect(statSync(stateFiles(long).socket).mode & 0o777).toBe(0o600);
  });

  test("refuses a socket directory that others may enter", async () => {
    const open = temporaryDirectory();
    const project = await openProject([shellSpec("one", "sleep 1000")], open);
    await project.engine.down();
    const shared = join(open, "shared");
    mkdirSync(shared, { mode: 0o755 });
    const other = await openProject([shellSpec("one", "sleep 1000")], shared);
    await expect(other.up()).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("not a private directory"),
    });
  });

  test("serves several clients at once, and outlives each of them", async () => {
    const project = await openProject([serverSpec("one")]);
    const [second, third] = [await project.open(), await project.open()];
    await Promise.all([
      project.up(),
      second.up({ timeoutMs: 20_000, onProgress: () => undefined }),
    ]);
    const pid = await project.pidOf("one");
    expect(project.seen.filter(({ type }) => type === "started")).toHaveLength(1);
    await second.close();
    expect((await third.replicas()).map(({ instance }) => instance)).toEqual([String(pid)]);
    await third.down();
    expect(await project.engine.isUp()).toBe(false);
    expect(isGone(pid)).toBe(true);
  });

  test("takes everything down when it is asked to terminate, and removes its files", async () => {
    const project = await openProject([parentSpec("plain")]);
    await project.up();
    const family = await familyOf(project);
    const { pid } = project.supervisor();
    signalProcess(pid, "SIGTERM");
    await allGone([pid, ...family]);
    const { record, socket, members, logs, spec, log } = stateFiles(project.stateDirectory);
    for (const path of [record, socket, members, logs, spec, log]) {
      expect(() => statSync(path), path).toThrow("ENOENT");
    }
  });

  test("and its replicas outlive a state directory that cannot be written any more", async () => {
    const restart = { mode: "always", maxRetries: null } as const;
    const project = await openProject([
      shellSpec("one", "echo hello; exec sleep 1000", { restart }),
    ]);
    await project.up();
    const { logs, members, groups } = stateFiles(project.stateDirectory);
    for (const path of [logs, members]) {
      rmSync(path, { recursive: true });
      writeFileSync(path, "");
    }
    rmSync(groups);
    mkdirSync(groups);
    const { lifecycle } = project.engine.powers;
    await project.engine.powers.crash.crash(await project.get("one"));
    await project.event("started", "one", ({ by }) => by === "policy");
    const { id } = await project.engine.lease({ ttlMs: 60_000, downOnExpiry: false });
    const one = await project.get("one");
    await lifecycle.remove(one, { lease: id, injection: "remove#1" });
    await lifecycle.recreate(one);
    expect((await project.get("one")).state).toBe("running");
  });

  test("that hangs is ended by down, with all it runs", async () => {
    const project = await openProject([parentSpec("plain")]);
    await project.up();
    const family = await familyOf(project);
    const { pid } = project.supervisor();
    signalProcess(pid, "SIGSTOP");
    const next = await project.open();
    await next.down();
    await allGone([pid, ...family]);
  });

  test("goes away by itself when nothing runs and nobody asks", async () => {
    const project = await openProject([shellSpec("bad", "exit 3")]);
    const other = await project.open();
    await expect(other.up({ timeoutMs: 20_000, onProgress: () => undefined })).rejects.toThrow(
      "bad",
    );
    const { pid } = project.supervisor();
    await other.close();
    await project.engine.close();
    await allGone([pid]);
  });

  test("of another version is named, not talked to; down ends it all the same", async () => {
    const project = await openProject([shellSpec("one", "sleep 1000")]);
    await project.engine.down();
    const files = stateFiles(project.stateDirectory);
    const pid = startStranger();
    writeJson(files.record, { ...identityOf(pid), token: "no such token" });
    const server = createServer((socket) => {
      socket.on("data", () => socket.write('{"id":1,"result":{"protocol":99}}\n'));
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(files.socket, resolve));
    const engine = await project.open();
    await expect(engine.replicas()).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("another version"),
    });
    await engine.down();
    await allGone([pid]);
    await new Promise((resolve) => server.close(resolve));
  });
});

/** Known by the token of its supervisor among its arguments. */
function killWatchdog(token: string): void {
  const table = execFileSync("ps", ["-axww", "-o", "pid=,args="], { encoding: "utf8" });
  const row = table.split("\n").find((line) => line.includes(`AEGIS_SUPERVISOR=${token}`));
  expect(signalProcess(Number.parseInt(row ?? "", 10), "SIGKILL")).toBe(true);
}
