import { describe, expect, test } from "vitest";
import type { EngineEvent, Replica } from "../../model/replica.ts";
import type { ContractBench } from "./bench.ts";

/** What lifecycle and leases owe. */
export function describeLifecycle(bench: ContractBench): void {
  describe("deaths", () => testDeaths(bench));
  describe("held harm", () => testHeldHarm(bench));
  describe("refusals", () => testRefusals(bench));
  describe("leases", () => testLeases(bench));
}

function testDeaths(bench: ContractBench): void {
  test("a crashed replica is revived by its policy as a new life under the same key", async () => {
    await bench.up();
    const before = await bench.get("web1");
    await bench.engine.powers.crash.crash(before);
    const died = await bench.event("died", "web1");
    expect(died).toMatchObject({ signal: "SIGKILL", exitCode: null, by: "aegis" });
    expect(died.instance).toBe(before.instance);
    expect(died.replica).toMatchObject({ state: "restarting", ready: false, instance: null });
    const started = await bench.event("started", "web1", ({ by }) => by === "policy");
    await bench.event("ready", "web1", ({ at }) => at >= started.at);
    const after = await bench.get("web1");
    expect(after).toMatchObject({ key: before.key, state: "running", ready: true, restarts: 1 });
    expect(after.instance).not.toBe(before.instance);
  });

  test("a crashed replica without a policy stays down until it is started", async () => {
    await bench.up();
    const front = await bench.get("front");
    await bench.engine.powers.crash.crash(front);
    expect((await bench.event("died", "front")).replica.state).toBe("exited");
    await bench.lifecycle.start(front);
    const again = await bench.lifecycle.stateOf(front);
    expect(again).toMatchObject({ state: "running", restarts: 0 });
  });

  test("restart is a new life and says how the old one went", async () => {
    await bench.up();
    const before = await bench.get("web1");
    const outcome = await bench.lifecycle.restart(before, await bench.hold());
    expect(outcome).toMatchObject({ outcome: "drained", exitCode: 0 });
    expect(outcome.tookMs).toBeGreaterThanOrEqual(0);
    const after = await bench.get("web1");
    expect(after).toMatchObject({ state: "running", restarts: 0 });
    expect(after.instance).not.toBe(before.instance);
  });
}

function testHeldHarm(bench: ContractBench): void {
  test("a killed replica is held down whatever its policy, and start lets the policy rule again", async () => {
    await bench.up();
    const web1 = await bench.get("web1");
    await bench.lifecycle.kill(web1, await bench.hold());
    expect(await bench.event("died", "web1")).toMatchObject({
      signal: "SIGKILL",
      replica: { state: "exited" },
    });
    await bench.lifecycle.start(web1);
    await bench.lifecycle.start(web1);
    await bench.engine.powers.crash.crash(web1);
    await bench.event("started", "web1", ({ by }) => by === "policy");
    expect(bench.seen.filter(isStartOf("web1")).map(({ by }) => by)).toEqual([
      "aegis",
      "aegis",
      "policy",
    ]);
  });

  test("a stopped replica drains, is held down, and a second stop finds nothing to do", async () => {
    await bench.up();
    const web1 = await bench.get("web1");
    const outcome = await bench.lifecycle.stop(web1, await bench.hold());
    expect(outcome).toMatchObject({ outcome: "drained", exitCode: 0 });
    expect(await bench.event("died", "web1")).toMatchObject({
      exitCode: 0,
      signal: null,
      by: "aegis",
      replica: { state: "exited" },
    });
    expect(await bench.lifecycle.stop(web1, null)).toMatchObject({ outcome: "drained" });
    expect((await bench.lifecycle.stateOf(web1)).state).toBe("exited");
  });

  test("a paused replica is not ready and goes on as the same life", async () => {
    await bench.up();
    const web1 = await bench.get("web1");
    await bench.lifecycle.pause(web1, await bench.hold());
    expect(await bench.get("web1")).toMatchObject({ state: "paused", instance: web1.instance });
    const unready = await bench.event("unready", "web1");
    expect(unready.replica).toMatchObject({ ready: false, unready: expect.stringMatching(/./) });
    await bench.lifecycle.unpause(web1);
    await bench.lifecycle.unpause(web1);
    await bench.event("unpaused", "web1", ({ by }) => by === "aegis");
    await bench.event("ready", "web1", ({ at }) => at > unready.at);
    expect(await bench.get("web1")).toEqual(web1);
  });

  test("a removed replica is gone until it is made again as declared", async () => {
    await bench.up();
    const web1 = await bench.get("web1");
    await bench.lifecycle.remove(web1, await bench.hold());
    await bench.event("removed", "web1");
    expect(await bench.lifecycle.stateOf(web1)).toMatchObject({ state: "removed", instance: null });
    await bench.lifecycle.recreate(web1);
    await bench.lifecycle.recreate(web1);
    const started = await bench.event(
      "started",
      "web1",
      ({ instance }) => instance !== web1.instance,
    );
    await bench.event("ready", "web1", ({ at }) => at >= started.at);
    expect(bench.seen.filter(isStartOf("web1"))).toHaveLength(2);
    expect(await bench.get("web1")).toMatchObject({ key: web1.key, restarts: 0 });
  });
}

function testRefusals(bench: ContractBench): void {
  test("what does not run cannot be crashed, killed or paused", async () => {
    await bench.up();
    const front = await bench.get("front");
    await bench.lifecycle.stop(front, null);
    const hold = await bench.hold();
    const refused = { code: "ENVIRONMENT", message: expect.stringContaining("front") };
    await expect(bench.engine.powers.crash.crash(front)).rejects.toMatchObject(refused);
    await expect(bench.lifecycle.kill(front, hold)).rejects.toMatchObject(refused);
    await expect(bench.lifecycle.pause(front, hold)).rejects.toMatchObject(refused);
  });

  test("a target that nobody knows is removed, and can be neither crashed nor started", async () => {
    await bench.up();
    const stranger = { key: "no/such", service: "no", name: "such", instance: null };
    expect((await bench.lifecycle.stateOf(stranger)).state).toBe("removed");
    const refused = { code: "ENVIRONMENT" };
    await expect(bench.engine.powers.crash.crash(stranger)).rejects.toMatchObject(refused);
    await expect(bench.lifecycle.start(stranger)).rejects.toMatchObject(refused);
  });

  test("what was removed can be recreated but not started", async () => {
    await bench.up();
    const web1 = await bench.get("web1");
    await bench.lifecycle.remove(web1, await bench.hold());
    await expect(bench.lifecycle.start(web1)).rejects.toMatchObject({ code: "ENVIRONMENT" });
    await bench.lifecycle.unpause(web1);
    expect((await bench.lifecycle.stateOf(web1)).state).toBe("removed");
  });
}

function testLeases(bench: ContractBench): void {
  test("harm under a lease that has ended is refused and does not happen", async () => {
    await bench.up();
    const web1 = await bench.get("web1");
    const lease = await bench.engine.lease({ ttlMs: 30_000, downOnExpiry: false });
    await lease.release();
    await lease.release();
    const late = { lease: lease.id, injection: "late#1" };
    const refused = { code: "ENVIRONMENT" };
    await expect(bench.lifecycle.kill(web1, late)).rejects.toMatchObject(refused);
    await expect(bench.lifecycle.restart(web1, late)).rejects.toMatchObject(refused);
    expect(await bench.get("web1")).toEqual(web1);
  });

  test("a lease can be taken out before up; its end puts back what it still holds, by policy", async () => {
    const lease = await bench.engine.lease({ ttlMs: 30_000, downOnExpiry: false });
    await bench.up();
    const hold = { lease: lease.id, injection: "harm#1" };
    const [front, web1, web2] = (await bench.engine.replicas()) as [Replica, Replica, Replica];
    await bench.lifecycle.stop(front, hold);
    await bench.lifecycle.pause(web1, hold);
    await bench.lifecycle.remove(web2, hold);
    await lease.release();
    for (const { state, restarts } of await bench.engine.replicas()) {
      expect({ state, restarts }).toEqual({ state: "running", restarts: 0 });
    }
    const byPolicy = ({ by }: EngineEvent): boolean => by === "policy";
    await bench.event("started", "front", byPolicy);
    await bench.event("unpaused", "web1", byPolicy);
    await bench.event("created", "web2", byPolicy);
    await bench.event("started", "web2", byPolicy);
  });

  test("what was put right by hand is not touched at the end of the lease", async () => {
    await bench.up();
    const front = await bench.get("front");
    const lease = await bench.engine.lease({ ttlMs: 30_000, downOnExpiry: false });
    await bench.lifecycle.kill(front, { lease: lease.id, injection: "harm#1" });
    await bench.lifecycle.start(front);
    await bench.lifecycle.stop(front, null);
    await lease.release();
    expect((await bench.get("front")).state).toBe("exited");
  });

  test("a restart that is over holds nothing", async () => {
    await bench.up();
    const front = await bench.get("front");
    const lease = await bench.engine.lease({ ttlMs: 30_000, downOnExpiry: false });
    await bench.lifecycle.restart(front, { lease: lease.id, injection: "again#1" });
    await bench.lifecycle.stop(front, null);
    await lease.release();
    expect((await bench.get("front")).state).toBe("exited");
  });
}

function isStartOf(replicaName: string): (event: EngineEvent) => boolean {
  return ({ type, replica }) => type === "started" && replica.name === replicaName;
}
