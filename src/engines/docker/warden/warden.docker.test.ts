import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Lease } from "../../engine.ts";
import { world } from "../../process/testing/world.ts";
import { createWardens, type Undo, type Wardens } from "./index.ts";
import {
  type ComposeProject,
  HARM,
  openComposeProject,
  PATIENCE,
  sleepers,
} from "./testing/project.ts";

const SERVICES = ["paused", "stopped", "killed", "removed", "commanded"] as const;
const HARMED = ["paused", "exited", "exited", "removed", "harmed"];
const WELL = SERVICES.map(() => "running");

let project: ComposeProject;
let wardens: Wardens;

beforeAll(async () => {
  project = openComposeProject("warden-test", sleepers(...SERVICES));
});
beforeEach(async () => {
  await project.compose("up", "-d");
  wardens = project.wardens();
});
afterEach(() => wardens.dismiss());
afterAll(() => project.remove());

/** Of each container; `harmed` while what a command has done is there. */
const states = () => Promise.all(SERVICES.map(stateOf));
async function stateOf(service: string): Promise<string> {
  const state = await project.state(service);
  if (service !== "commanded" || state !== "running") return state;
  const isHarmed = (await project.container(service)).infoArchive({ path: HARM.run[1] });
  return isHarmed.then(
    () => "harmed",
    () => state,
  );
}
const wellAgain = () => vi.waitFor(async () => expect(await states()).toEqual(WELL), PATIENCE);
const noHelpers = () =>
  vi.waitFor(async () => expect(await project.helpers()).toEqual([]), PATIENCE);

async function open(ttlMs = 60_000): Promise<Lease> {
  return wardens.open({ ttlMs, downOnExpiry: false, down: null });
}

async function hold(lease: Lease, service: string, how: Undo["do"]): Promise<void> {
  const undo = await project.undo(service, how);
  await wardens.hold({ lease: lease.id, injection: "harm#1" }, undo);
}

async function runHarm(service: string): Promise<void> {
  const exec = await (await project.container(service)).exec({ Cmd: [...HARM.run] });
  await exec.start({ Detach: true });
  await vi.waitFor(async () => expect(await stateOf(service)).toBe("harmed"), PATIENCE);
}

/** All kinds of held harm. */
async function harm(lease: Lease): Promise<void> {
  await hold(lease, "paused", "unpause");
  await (await project.container("paused")).pause();
  await hold(lease, "stopped", "start");
  await (await project.container("stopped")).stop();
  await hold(lease, "killed", "start");
  await (await project.container("killed")).kill();
  await hold(lease, "removed", "recreate");
  await (await project.container("removed")).remove({ force: true, v: true });
  await hold(lease, "commanded", "exec");
  await runHarm("commanded");
  expect(await states()).toEqual(HARMED);
}

describe("a lease", () => {
  test("undoes at its release what it still holds, and its helper is gone", async () => {
    const lease = await open();
    expect(await project.helpers()).toHaveLength(1);
    await harm(lease);
    await lease.release();
    await lease.release();
    expect(await states()).toEqual(WELL);
    expect(await project.helpers()).toEqual([]);
    expect(lease.lost.aborted).toBe(false);
  });

  test("does not touch what was put right by command, however it is now", async () => {
    const lease = await open();
    await hold(lease, "killed", "start");
    await (await project.container("killed")).kill();
    await (await project.container("killed")).start();
    await wardens.free((await project.undo("killed", "start")).key);
    await (await project.container("killed")).stop();
    await lease.release();
    expect(await project.state("killed")).toBe("exited");
  });

  test("undoes several harms of one replica, whichever came last", async () => {
    const lease = await open();
    await hold(lease, "commanded", "exec");
    await runHarm("commanded");
    await hold(lease, "commanded", "unpause");
    await (await project.container("commanded")).pause();
    await hold(lease, "paused", "unpause");
    await (await project.container("paused")).pause();
    await hold(lease, "paused", "start");
    await (await project.container("paused")).kill();
    await hold(lease, "removed", "start");
    await (await project.container("removed")).stop();
    await hold(lease, "removed", "recreate");
    await (await project.container("removed")).remove();
    await lease.release();
    expect(await states()).toEqual(WELL);
  });

  test("lasts for many times its time to live while it is renewed, beside others of its owner", async () => {
    const lease = await open(2_000);
    const other = await open();
    expect(await project.helpers()).toHaveLength(1);
    await harm(lease);
    const until = world.clock.now() + 6_000_000;
    await vi.waitFor(() => expect(world.clock.now()).toBeGreaterThan(until), PATIENCE);
    expect(await states()).toEqual(HARMED);
    await other.release();
    expect(await states()).toEqual(HARMED);
    await lease.release();
    expect(await states()).toEqual(WELL);
    expect([lease.lost.aborted, other.lost.aborted]).toEqual([false, false]);
  });

  test("that has ended refuses harm, and another owner's is unknown", async () => {
    const lease = await open();
    await lease.release();
    const refused = { code: "ENVIRONMENT", message: expect.stringMatching(/has run out/) };
    await expect(hold(lease, "paused", "unpause")).rejects.toMatchObject(refused);
    const another = project.wardens();
    const theirs = await another.open({ ttlMs: 60_000, downOnExpiry: false, down: null });
    await expect(hold(theirs, "paused", "unpause")).rejects.toMatchObject(refused);
  });

  test("whose helper was removed is lost, and told so; the next one gets another", async () => {
    const lease = await open();
    const [helper] = await project.helpers();
    await project.client.api.getContainer((helper as string).slice(1)).remove({ force: true });
    await vi.waitFor(() => expect(lease.lost.aborted).toBe(true), PATIENCE);
    expect(lease.lost.reason).toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringMatching(/aegis-warden-warden-test-.* is gone/),
    });
    await expect(hold(lease, "paused", "unpause")).rejects.toMatchObject({ code: "ENVIRONMENT" });
    const next = await open();
    await hold(next, "paused", "unpause");
    await next.release();
    await lease.release();
    expect(await project.helpers()).toEqual([]);
  });

  test("is ended by hanging up: what it holds is undone, and it is not lost by that", async () => {
    const lease = await open();
    await harm(lease);
    wardens.close();
    await wellAgain();
    await noHelpers();
    expect(lease.lost.aborted).toBe(false);
  });

  test("is undone by its helper after that was restarted, when nobody can renew it any more", async () => {
    const lease = await open();
    await harm(lease);
    const [helper] = await project.helpers();
    await project.client.api.getContainer((helper as string).slice(1)).kill();
    await vi.waitFor(() => expect(lease.lost.aborted).toBe(true), PATIENCE);
    expect(await states()).toEqual(HARMED);
    await project.client.api.getContainer((helper as string).slice(1)).start();
    await wellAgain();
    await noHelpers();
  });

  test("is undone by its helper before that is stopped by hand", async () => {
    await harm(await open());
    const [helper] = await project.helpers();
    await project.client.api.getContainer((helper as string).slice(1)).stop();
    expect(await states()).toEqual(WELL);
  });

  test("is not lost by its owner's own dismissal, which undoes nothing", async () => {
    const lease = await open();
    const other = project.wardens();
    const theirs = await other.open({ ttlMs: 60_000, downOnExpiry: false, down: null });
    await hold(lease, "paused", "unpause");
    await (await project.container("paused")).pause();
    await wardens.dismiss("others");
    expect(await project.helpers()).toHaveLength(1);
    await vi.waitFor(() => expect(theirs.lost.aborted).toBe(true), PATIENCE);
    await wardens.dismiss();
    expect(await project.helpers()).toEqual([]);
    expect(await project.state("paused")).toBe("paused");
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
    await (await project.container("paused")).unpause();
  });
});

describe("whoever finds wardens of dead owners", () => {
  test("ends them all, also one that has stopped and one that was never started, and none of another project", async () => {
    const strangers = openComposeProject("warden-test2", sleepers("one"));
    try {
      const theirs = await strangers
        .wardens()
        .open({ ttlMs: 60_000, downOnExpiry: false, down: null });
      const lease = await open();
      await harm(lease);
      const [stopped] = await project.helpers();
      await project.client.api.getContainer((stopped as string).slice(1)).kill();
      const dead = project.wardens();
      await dead.open({ ttlMs: 60_000, downOnExpiry: false, down: null });
      await project.client.api.createContainer({
        Image: "node:24-bookworm-slim",
        Labels: { "aegis.project": project.name, "aegis.role": "warden" },
      });
      expect(await project.helpers()).toHaveLength(3);
      const finder = project.wardens();
      const own = await finder.open({ ttlMs: 60_000, downOnExpiry: false, down: null });
      await finder.expireOthers();
      expect(await states()).toEqual(WELL);
      expect(await project.helpers()).toHaveLength(1);
      expect(await strangers.helpers()).toHaveLength(1);
      expect([own.lost.aborted, theirs.lost.aborted]).toEqual([false, false]);
    } finally {
      await strangers.remove();
    }
  });
});

test("a project of any name has helpers that are its own", async () => {
  const { client } = project;
  const open = (name: string) => {
    const opened = createWardens({ client, world, project: name, images: [] });
    const lease = opened.open({ ttlMs: 60_000, downOnExpiry: false, down: null });
    return { opened, lease };
  };
  const name = 'Odd "näme"=/ü, of a .project_';
  const [odd, longer] = [open(name), open(`${name}2`)];
  try {
    const [lease, other] = await Promise.all([odd.lease, longer.lease]);
    const { opened: finder } = open(name);
    await finder.dismiss("others");
    await vi.waitFor(() => expect(lease.lost.aborted).toBe(true), PATIENCE);
    await finder.dismiss();
    expect(other.lost.aborted).toBe(false);
    await other.release();
    expect(other.lost.aborted).toBe(false);
  } finally {
    await odd.opened.dismiss();
    await longer.opened.dismiss();
  }
});

describe("crash", () => {
  test("kills the main process from outside, and the restart policy revives it", async () => {
    const before = await project.inspect("killed");
    const victim = { id: before.Id, pid: before.State.Pid, name: "killed" };
    await wardens.crash(victim);
    await vi.waitFor(async () => {
      const after = await project.inspect("killed");
      expect(after).toMatchObject({ Id: before.Id, RestartCount: 1, State: { Running: true } });
      expect(after.State.Pid).not.toBe(before.State.Pid);
    }, PATIENCE);
    expect(wardens.canCrash).toBe(true);
    await expect(wardens.crash(victim)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringMatching(/killed.* no longer runs/),
    });
  });

  test("refuses a process of another container, and one of the host", async () => {
    const one = await project.inspect("paused");
    const other = await project.inspect("stopped");
    const refused = { code: "ENVIRONMENT", message: expect.stringMatching(/no longer runs/) };
    for (const pid of [other.State.Pid, world.pid, 1]) {
      const crash = wardens.crash({ id: one.Id, pid, name: "paused" });
      await expect(crash).rejects.toMatchObject(refused);
    }
    expect(await states()).toEqual(WELL);
  });
});
