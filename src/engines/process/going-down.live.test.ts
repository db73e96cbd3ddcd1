import { describe, expect, test, vi } from "vitest";
import { isAlive } from "../../kit/process-identity.ts";
import { type Connection, openConnection } from "./connection.ts";
import { readProcess } from "./proc-table.ts";
import { signalProcess } from "./signals.ts";
import { stateFiles } from "./state-files.ts";
import { openProject, PATIENCE, shellSpec, type TestProject } from "./testing/project.ts";

const UP = { timeoutMs: 20_000, onProgress: () => undefined };

/** `quick` is stopped first; then `stubborn` has its grace, in which the supervisor is going down. */
const stack = [
  shellSpec("stubborn", "trap '' TERM; while :; do sleep 0.1; done", { stopGraceMs: 2_000 }),
  shellSpec("quick", "exec sleep 1000", {
    dependsOn: [{ on: "stubborn", condition: "started" }],
  }),
];

async function upThenGoingDown(): Promise<TestProject> {
  const project = await openProject(stack);
  await project.up();
  signalProcess(project.supervisor().pid, "SIGTERM");
  await project.event("died", "quick");
  return project;
}

describe("while a supervisor is going down", () => {
  test("its project is down for clients old and new, as soon as it is", async () => {
    const project = await upThenGoingDown();
    const leaving = project.supervisor();
    expect(isAlive(leaving)).toBe(true);
    const fresh = await project.open();
    const answers = [project.engine.isUp(), fresh.isUp(), (await project.open()).expireLeases()];
    expect(await Promise.all(answers)).toEqual([false, false, undefined]);
    expect(isAlive(leaving)).toBe(false);
    expect((await project.engine.replicas()).map(({ state }) => state)).toEqual([
      "created",
      "created",
    ]);
    const target = { key: "none", service: "quick", name: "quick", instance: null };
    await expect(project.engine.powers.lifecycle.start(target)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringMatching(/^project test\d+ is not up$/),
    });
  });

  test.each(["old", "new"])("%s clients bring it up again afterwards", async (which) => {
    const project = await upThenGoingDown();
    const leaving = project.supervisor();
    const engine = which === "old" ? project.engine : await project.open();
    const lease = await engine.lease({ ttlMs: 60_000, downOnExpiry: false });
    await engine.up(UP);
    expect((await engine.replicas()).map(({ state }) => state)).toEqual(["running", "running"]);
    expect(project.supervisor().pid).not.toBe(leaving.pid);
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
  });
});

async function dial(project: TestProject): Promise<Connection> {
  const { socket } = stateFiles(project.stateDirectory);
  return (await openConnection(socket, project.stack.project)) as Connection;
}

describe("down", () => {
  test("cuts an up short that was asked for in the same breath, and lets none begin", async () => {
    const never = shellSpec("never", "exec sleep 1000", { ready: { http: "/ready" } });
    const project = await openProject([never]);
    const connection = await dial(project);
    const params = { stack: project.stack, timeoutMs: 600_000 };
    const [before, down, after] = await Promise.allSettled([
      connection.call("up", params),
      connection.call("down", null),
      connection.call("up", params),
    ]);
    expect(before).toMatchObject({ status: "rejected", reason: { code: "INTERRUPTED" } });
    expect(down).toMatchObject({ status: "fulfilled" });
    expect(after).toMatchObject({
      status: "rejected",
      reason: { code: "ENVIRONMENT", message: expect.stringContaining("is gone") },
    });
  });

  test("ends a supervisor that has hung since it was talked to; other calls say that it does not answer", async () => {
    const project = await openProject([shellSpec("one", "sleep 1000", { stopGraceMs: 0 })]);
    await project.up();
    const one = await project.get("one");
    const supervisor = project.supervisor();
    const lease = await project.engine.lease({ ttlMs: 3_000, downOnExpiry: false });
    signalProcess(supervisor.pid, "SIGSTOP");
    const silent = {
      code: "ENVIRONMENT",
      message: expect.stringMatching(/the supervisor of project test\d+ does not answer/),
    };
    const { lifecycle } = project.engine.powers;
    await Promise.all([
      expect(project.engine.replicas()).rejects.toMatchObject(silent),
      expect(lifecycle.start(one)).rejects.toMatchObject(silent),
      vi.waitFor(() => expect(lease.lost.reason).toMatchObject(silent), PATIENCE),
    ]);
    await project.engine.down();
    expect(isAlive(supervisor)).toBe(false);
    await vi.waitFor(() => {
      expect([undefined, "Z"]).toContain(readProcess(Number(one.instance))?.state);
    }, PATIENCE);
  });
});
