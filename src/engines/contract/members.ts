import { describe, expect, test } from "vitest";
import type { Hold, Members } from "../../model/powers.ts";
import type { Replica } from "../../model/replica.ts";
import type { ContractBench } from "./bench.ts";
import { readyAs } from "./releases.ts";
import { V2 } from "./stack.ts";

const STRANGER = { key: "no/such", service: "no", name: "such", instance: null };

/** What a newcomer beside a replica owes, where an engine can have one. */
export function describeMembers(bench: ContractBench): void {
  describe("members", () => {
    if (bench.subject.lacks?.includes("members")) return testLack(bench);
    testAdding(bench);
    testPromotion(bench);
    testDismissal(bench);
    testEndOfLease(bench);
  });
}

function testLack(bench: ContractBench): void {
  test("without the power it says why, and refuses", async () => {
    const { can, powers } = bench.engine;
    expect(can.members).toEqual({ no: expect.any(String), hint: expect.any(String) });
    await bench.up();
    const old = await bench.get("web1");
    expect(await powers.members.refusal(old)).toEqual(expect.any(String));
    expect(await powers.members.beside(old)).toBeNull();
    const adding = powers.members.add(old, V2, await bench.hold());
    await expect(adding).rejects.toMatchObject({ code: "ENVIRONMENT" });
    await powers.members.dismiss(old);
    expect(await bench.get("web1")).toEqual(old);
  });
}

interface Surge {
  readonly members: Members;
  readonly old: Replica;
  /** Ready in v2 beside the old one. */
  readonly newcomer: Replica;
  readonly hold: Hold;
}

/** The power, with the stack up. */
async function membersOf(bench: ContractBench): Promise<Members> {
  expect(bench.engine.can.members).toBe(true);
  await bench.up();
  return bench.engine.powers.members;
}

async function surge(bench: ContractBench, under?: Hold): Promise<Surge> {
  const members = await membersOf(bench);
  const old = await bench.get("web1");
  const hold = under ?? (await bench.hold());
  const { name } = await members.add(old, V2, hold);
  return { members, old, newcomer: await readyAs(bench, name, "v2"), hold };
}

/** The least number of ready replicas of `web` after any event since the newcomer got ready, and the last. */
function readySince({ seen }: ContractBench, newcomer: Replica): { least: number; last: number } {
  const known = new Map<string, Replica>();
  const counts = seen.map(({ replica }) => {
    known.set(replica.key, replica);
    return [...known.values()].filter((one) => one.service === "web" && one.ready).length;
  });
  const from = seen.findIndex(
    ({ type, replica }) => type === "ready" && replica.key === newcomer.key,
  );
  expect(from).not.toBe(-1);
  return { least: Math.min(...counts.slice(from)), last: counts.at(-1) as number };
}

function testAdding(bench: ContractBench): void {
  test("a newcomer of the new version serves in the same service, beside the old one that goes on", async () => {
    const { members, old, newcomer } = await surge(bench);
    expect(newcomer.service).toBe("web");
    expect([old.key, old.name, old.instance]).not.toContain(newcomer.key);
    expect(newcomer.name).not.toBe("web1");
    expect(await bench.get("web1")).toEqual(old);
    expect(await members.beside(old)).toEqual(newcomer);
    expect(await members.beside(await bench.get("web2"))).toBeNull();
    expect(await bench.lifecycle.stateOf(newcomer)).toEqual(newcomer);
    expect((await bench.engine.replicas("web")).map(({ name }) => name)).toContain(newcomer.name);
    await bench.event("ready", newcomer.name);
    expect(await bench.engine.powers.releases.of(old)).toMatchObject({ name: null });
  });

  test("one at a time beside each, and none beside a newcomer", async () => {
    const { members, old, newcomer, hold } = await surge(bench);
    const refused = { code: "ENVIRONMENT", message: expect.stringContaining("web1") };
    await expect(members.add(old, V2, hold)).rejects.toMatchObject(refused);
    await expect(members.add(newcomer, V2, hold)).rejects.toMatchObject(refused);
    expect(await members.beside(old)).toEqual(newcomer);
    const other = await members.add(await bench.get("web2"), V2, hold);
    await readyAs(bench, other.name, "v2");
  });

  test("nothing speaks against one in this stack; a target that nobody knows is refused", async () => {
    const members = await membersOf(bench);
    expect(await members.refusal(await bench.get("web1"))).toBeNull();
    const refused = { code: "ENVIRONMENT" };
    await expect(members.add(STRANGER, V2, await bench.hold())).rejects.toMatchObject(refused);
    await expect(members.promote(STRANGER)).rejects.toMatchObject(refused);
    expect(await members.beside(STRANGER)).toBeNull();
    await members.dismiss(STRANGER);
  });

  test("up leaves it alone, and down takes it down", async () => {
    const { newcomer } = await surge(bench);
    await bench.up();
    expect(await bench.get(newcomer.name)).toEqual(newcomer);
    await bench.engine.down();
    const names = (await bench.engine.replicas()).map(({ name }) => name);
    expect(names).toEqual(["front", "web1", "web2"]);
    await bench.up();
    expect(await bench.engine.replicas()).toHaveLength(3);
  });
}

function testPromotion(bench: ContractBench): void {
  test("the old one must not run", async () => {
    const { members, old, newcomer } = await surge(bench);
    await expect(members.promote(old)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("web1"),
    });
    expect(await members.beside(old)).toEqual(newcomer);
  });

  test("the newcomer goes on as the same life under the key and name of the old one", async () => {
    const { members, old, newcomer, hold } = await surge(bench);
    await bench.lifecycle.stop(old, hold);
    await members.promote(old);
    await members.promote(old);
    const promoted = await bench.get("web1");
    expect(promoted).toEqual({ ...newcomer, key: old.key, name: "web1" });
    expect(await members.beside(old)).toBeNull();
    expect((await bench.lifecycle.stateOf(newcomer)).state).toBe("removed");
    expect(await bench.engine.replicas()).toHaveLength(3);
    expect(await bench.engine.powers.releases.of(old)).toMatchObject({ name: "v2" });
  });

  test("everything can be done to it afterwards, also another surge", async () => {
    const { members, old, hold } = await surge(bench);
    await bench.lifecycle.stop(old, hold);
    await members.promote(old);
    await bench.engine.powers.crash.crash(old);
    await bench.event("started", "web1", ({ by }) => by === "policy");
    await readyAs(bench, "web1", "v2");
    await bench.lifecycle.restart(old, null);
    await readyAs(bench, "web1", "v2");
    await bench.lifecycle.remove(old, hold);
    await bench.lifecycle.recreate(old);
    await readyAs(bench, "web1", "v2");
    const again = await members.add(old, { ...V2, env: { APP_VERSION: "v3" } }, hold);
    await readyAs(bench, again.name, "v3");
    await bench.lifecycle.stop(old, hold);
    await members.promote(old);
    await readyAs(bench, "web1", "v3");
  });

  test("whoever folds the events never counts fewer ready ones than before", async () => {
    const { members, old, newcomer, hold } = await surge(bench);
    await bench.lifecycle.stop(old, hold);
    await members.promote(old);
    const removed = await bench.event("removed", newcomer.name);
    expect(removed.replica.state).toBe("removed");
    expect(readySince(bench, newcomer)).toEqual({ least: 2, last: 2 });
    const folded = new Map(bench.seen.map(({ replica }) => [replica.key, replica]));
    const present = [...folded.values()].filter(({ state }) => state !== "removed");
    expect(present.sort(byName)).toEqual(await bench.engine.replicas());
  });
}

function testDismissal(bench: ContractBench): void {
  test("it drains and is gone; the old one has not been touched", async () => {
    const { members, old, newcomer } = await surge(bench);
    await members.dismiss(old);
    await members.dismiss(old);
    expect(await bench.event("died", newcomer.name)).toMatchObject({ exitCode: 0, by: "aegis" });
    await bench.event("removed", newcomer.name);
    expect(await members.beside(old)).toBeNull();
    expect(await bench.get("web1")).toEqual(old);
    expect(await bench.engine.replicas()).toHaveLength(3);
    await members.promote(old);
    expect(await bench.get("web1")).toEqual(old);
  });
}

function testEndOfLease(bench: ContractBench): void {
  const lease = () => bench.engine.lease({ ttlMs: 30_000, downOnExpiry: false });

  test("under a lease that has ended nobody comes", async () => {
    const members = await membersOf(bench);
    const ended = await lease();
    await ended.release();
    const hold = { lease: ended.id, injection: "late#1" };
    const adding = members.add(await bench.get("web1"), V2, hold);
    await expect(adding).rejects.toMatchObject({ code: "ENVIRONMENT" });
    expect(await bench.engine.replicas()).toHaveLength(3);
  });

  test("one that nothing holds stays", async () => {
    const members = await membersOf(bench);
    const { release } = await lease();
    const { name } = await members.add(await bench.get("web1"), V2, null);
    await release();
    const newcomer = await readyAs(bench, name, "v2");
    expect(await members.beside(await bench.get("web1"))).toEqual(newcomer);
  });

  test("one that was not promoted goes, after the old one serves again", async () => {
    const { id, release } = await lease();
    const hold = { lease: id, injection: "update#1" };
    const { old, newcomer } = await surge(bench, hold);
    await bench.lifecycle.stop(old, hold);
    await bench.event("died", "web1");
    await release();
    await bench.event("removed", newcomer.name, ({ by }) => by === "policy");
    await readyAs(bench, "web1", "v1");
    expect(readySince(bench, newcomer)).toEqual({ least: 2, last: 2 });
    expect(await bench.engine.replicas()).toHaveLength(3);
  });

  test("what has been done to it in between does not free it", async () => {
    const { id, release } = await lease();
    const hold = { lease: id, injection: "update#1" };
    const { members, old, newcomer } = await surge(bench, hold);
    await bench.lifecycle.pause(newcomer, hold);
    await bench.lifecycle.unpause(newcomer);
    await release();
    await bench.event("removed", newcomer.name);
    expect(await members.beside(old)).toBeNull();
    expect(await bench.get("web1")).toEqual(old);
  });

  test("one that was promoted stays as it is, and so does what is done to it afterwards", async () => {
    const { id, release } = await lease();
    const hold = { lease: id, injection: "update#1" };
    const { members, old, newcomer } = await surge(bench, hold);
    await bench.lifecycle.stop(old, hold);
    await members.promote(old);
    expect(await bench.get("web1")).toEqual({ ...newcomer, key: old.key, name: "web1" });
    await bench.lifecycle.stop(old, null);
    await release();
    expect(await bench.get("web1")).toMatchObject({ state: "exited" });
  });
}

function byName(a: Replica, b: Replica): number {
  return a.name.localeCompare(b.name);
}
