import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { EngineEvent } from "../../model/replica.ts";
import { serverSpec } from "../contract/stack.ts";
import { readProcess } from "./proc-table.ts";
import { signalProcess } from "./signals.ts";
import { openProject, PATIENCE, type TestProject } from "./testing/project.ts";
import { world } from "./testing/world.ts";

const TTL_MS = 600;
const FLAG = "harmed.flag";
const HARM = { run: ["touch", FLAG], undo: ["rm", "-f", FLAG], timeoutMs: 10_000 };

/** Another process that takes out a lease, does all kinds of held harm, prints "held" and goes on renewing. */
async function startHarmer(project: TestProject, downOnExpiry: boolean): Promise<ChildProcess> {
  const dist = join(world.packageRoot, "dist", "src");
  const { stack, stateDirectory } = project;
  const script = `
    import { createHost } from "${dist}/cli/host.js";
    import { createProcessEngine } from "${dist}/engines/process/index.js";
    const { world } = createHost();
    const options = ${JSON.stringify({ stack, stateDirectory })};
    const engine = await createProcessEngine({ ...options, world });
    const { id, lost } = await engine.lease({ ttlMs: ${TTL_MS}, downOnExpiry: ${downOnExpiry} });
    lost.addEventListener("abort", () => {
      console.log("lost: " + lost.reason.code + " " + lost.reason.message);
    });
    const hold = { lease: id, injection: "harm#1" };
    const [paused, killed, stopped, removed, commanded] = await engine.replicas();
    const { lifecycle, exec } = engine.powers;
    await lifecycle.pause(paused, hold);
    await lifecycle.kill(killed, hold);
    await lifecycle.stop(stopped, hold);
    await lifecycle.remove(removed, hold);
    const harm = ${JSON.stringify(HARM)};
    await exec.hold(commanded, harm, hold);
    await exec.run(commanded, harm.run, harm.timeoutMs);
    console.log("held");
    setInterval(() => {}, 1000);
  `;
  const file = join(stack.directory, "harmer.mjs");
  writeFileSync(file, script);
  const harmer = spawn(world.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve) => harmer.stdout?.once("data", () => resolve()));
  return harmer;
}

const five = ["paused", "killed", "stopped", "removed", "commanded"].map((name) =>
  serverSpec(name),
);
const HARMED = ["paused", "exited", "exited", "removed", "harmed"];
const WELL = ["running", "running", "running", "running", "running"];

/** Of each replica; `harmed` while what the command has done is there. */
async function states({ engine, stack }: TestProject): Promise<string[]> {
  const isHarmed = existsSync(join(stack.directory, FLAG));
  return (await engine.replicas()).map(({ name, state }) =>
    name === "commanded" && isHarmed ? "harmed" : state,
  );
}

describe("held harm", () => {
  test("lasts while its owner lives, and is undone after the owner was killed", async () => {
    const project = await openProject(five);
    await project.up();
    const harmer = await startHarmer(project, false);
    expect(await states(project)).toEqual(HARMED);
    const until = world.clock.now() + 3 * TTL_MS * 1000;
    await vi.waitFor(() => expect(world.clock.now()).toBeGreaterThan(until), PATIENCE);
    expect(await states(project)).toEqual(HARMED);
    harmer.kill("SIGKILL");
    await vi.waitFor(async () => {
      expect(await states(project)).toEqual(WELL);
      for (const { ready } of await project.engine.replicas()) expect(ready).toBe(true);
    }, PATIENCE);
  });

  test("is undone by policy although its owner still lives, when that hangs; which is told to it when it goes on", async () => {
    const project = await openProject(five);
    await project.up();
    const harmer = await startHarmer(project, false);
    harmer.kill("SIGSTOP");
    await vi.waitFor(async () => {
      expect(await states(project)).toEqual(WELL);
    }, PATIENCE);
    const byPolicy = ({ by }: EngineEvent): boolean => by === "policy";
    await project.event("unpaused", "paused", byPolicy);
    await project.event("started", "killed", byPolicy);
    await project.event("started", "stopped", byPolicy);
    await project.event("created", "removed", byPolicy);
    for (const { restarts } of await project.engine.replicas()) expect(restarts).toBe(0);
    const said = new Promise<string>((resolve) => {
      harmer.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    });
    harmer.kill("SIGCONT");
    expect(await said).toMatch(/lost: ENVIRONMENT the lease .* has run out/);
    harmer.kill("SIGKILL");
  });

  test("of a run that had started the stack ends with the stack", async () => {
    const project = await openProject(five);
    await project.up();
    const { pid } = project.supervisor();
    const pids = await Promise.all(five.map(({ name }) => project.pidOf(name)));
    const harmer = await startHarmer(project, true);
    harmer.kill("SIGKILL");
    await vi.waitFor(() => {
      for (const one of [pid, ...pids]) expect([undefined, "Z"]).toContain(readProcess(one)?.state);
    }, PATIENCE);
    expect(existsSync(join(project.stack.directory, FLAG))).toBe(false);
    const next = await project.open();
    expect(await next.isUp()).toBe(false);
  });

  test("is known to be lost by its owner when the supervisor is killed, and not when it ends it itself", async () => {
    const project = await openProject([serverSpec("one")]);
    await project.up();
    const options = { ttlMs: 60_000, downOnExpiry: false };
    const other = await project.open();
    const lost = await project.engine.lease(options);
    const released = await project.engine.lease(options);
    const closed = await other.lease(options);
    await released.release();
    await other.close();
    expect(lost.lost.aborted).toBe(false);
    signalProcess(project.supervisor().pid, "SIGKILL");
    await vi.waitFor(() => expect(lost.lost.aborted).toBe(true), PATIENCE);
    expect(lost.lost.reason).toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringMatching(/supervisor of project test\d+ is gone/),
    });
    expect([released.lost.aborted, closed.lost.aborted]).toEqual([false, false]);
  });

  test("is not lost by its owner's own down", async () => {
    const project = await openProject([serverSpec("one")]);
    await project.up();
    const lease = await project.engine.lease({ ttlMs: 60_000, downOnExpiry: true });
    const byOther = await (await project.open()).lease({ ttlMs: 60_000, downOnExpiry: false });
    await project.engine.down();
    await vi.waitFor(() => expect(byOther.lost.aborted).toBe(true), PATIENCE);
    expect(lease.lost.aborted).toBe(false);
  });

  test("can be ended at once by whoever finds its owner dead", async () => {
    const project = await openProject(five);
    await project.up();
    const lease = await project.engine.lease({ ttlMs: 3_600_000, downOnExpiry: false });
    const hold = { lease: lease.id, injection: "harm#1" };
    await project.engine.powers.lifecycle.kill(await project.get("killed"), hold);
    await (await project.open()).expireLeases();
    expect(await states(project)).toEqual(WELL);
  });
});
