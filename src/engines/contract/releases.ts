import { describe, expect, test, vi } from "vitest";
import type { Releases } from "../../model/powers.ts";
import type { Replica } from "../../model/replica.ts";
import type { Release } from "../../model/stack.ts";
import { type ContractBench, PATIENCE } from "./bench.ts";
import { V2 } from "./stack.ts";

const STRANGER = { key: "no/such", service: "no", name: "such", instance: null };
const QUIETLY = { fetch: true, onProgress: () => undefined };

/** What changing the version of a replica owes, where an engine can do it. */
export function describeReleases(bench: ContractBench): void {
  describe("releases", () => {
    testWhatThereIs(bench);
    testPutting(bench);
    testSurviving(bench);
  });
}

/** The power, with the stack up. */
async function releasesOf(bench: ContractBench): Promise<Releases> {
  expect(bench.engine.can.releases).toBe(true);
  await bench.up();
  return bench.engine.powers.releases;
}

/** Stopped, put and started again: ready in that version. */
export async function inPlace(
  bench: ContractBench,
  name: string,
  release: Release,
  version: string,
): Promise<Replica> {
  const target = await bench.get(name);
  await bench.lifecycle.stop(target, null);
  await bench.engine.powers.releases.put(target, release);
  await bench.lifecycle.start(target);
  return readyAs(bench, name, version);
}

/** Waits until a replica is ready in a version and returns it. */
export function readyAs(bench: ContractBench, name: string, version: string): Promise<Replica> {
  return vi.waitFor(async () => {
    const replica = await bench.get(name);
    expect(replica).toMatchObject({ state: "running", ready: true, version });
    return replica;
  }, PATIENCE);
}

/** Not in memory, where everything is there. */
function testPinning(bench: ContractBench): void {
  test("what is not there is refused before anything stops", async () => {
    const releases = await releasesOf(bench);
    const before = await bench.engine.replicas();
    const missing: Release = {
      ...V2,
      name: "v3",
      image: "127.0.0.1:1/no/such:v3",
      command: ["/no/such/program"],
    };
    const pinning = releases.pin(await bench.get("web1"), missing, QUIETLY);
    await expect(pinning).rejects.toMatchObject({
      code: expect.stringMatching(/INVALID_INPUT|ENVIRONMENT/),
      message: expect.stringContaining("no/such"),
    });
    expect(await bench.engine.replicas()).toEqual(before);
  });
}

function testWhatThereIs(bench: ContractBench): void {
  test("what is declared has a name, and what runs at first is none of it", async () => {
    const releases = await releasesOf(bench);
    const web1 = await bench.get("web1");
    expect(await releases.named(web1)).toEqual({ v2: V2 });
    expect(await releases.named(await bench.get("front"))).toEqual({});
    expect(await releases.of(web1)).toMatchObject({ name: null, env: {}, command: null });
    await expect(releases.named(STRANGER)).rejects.toMatchObject({ code: "ENVIRONMENT" });
  });

  if (bench.subject.real) testPinning(bench);

  test("a target that nobody knows is refused", async () => {
    const releases = await releasesOf(bench);
    const refused = { code: "ENVIRONMENT" };
    await expect(releases.of(STRANGER)).rejects.toMatchObject(refused);
    await expect(releases.pin(STRANGER, V2, QUIETLY)).rejects.toMatchObject(refused);
    await expect(releases.put(STRANGER, V2)).rejects.toMatchObject(refused);
  });
}

function testPutting(bench: ContractBench): void {
  test("a replica that runs is refused, and runs on", async () => {
    const releases = await releasesOf(bench);
    const web1 = await bench.get("web1");
    const pinned = await releases.pin(web1, V2, QUIETLY);
    const refused = { code: "ENVIRONMENT", message: expect.stringContaining("web1") };
    await expect(releases.put(web1, pinned)).rejects.toMatchObject(refused);
    await bench.lifecycle.pause(web1, await bench.hold());
    await expect(releases.put(web1, pinned)).rejects.toMatchObject(refused);
    await bench.lifecycle.unpause(web1);
    expect(await readyAs(bench, "web1", "v1")).toEqual(web1);
  });

  test("a stopped one starts as the new version under the same key, and as the old one when that is put back", async () => {
    const releases = await releasesOf(bench);
    const web1 = await bench.get("web1");
    const before = await releases.of(web1);
    const pinned = await releases.pin(web1, V2, QUIETLY);
    const after = await inPlace(bench, "web1", pinned, "v2");
    expect(after).toMatchObject({ key: web1.key, name: "web1", restarts: 0 });
    expect(after.instance).not.toBe(web1.instance);
    expect(await releases.of(web1)).toEqual(pinned);
    expect((await bench.get("web2")).version).toBe("v1");
    await inPlace(bench, "web1", before, "v1");
    expect(await releases.of(web1)).toEqual(before);
  });

  test("putting it twice is as good as once", async () => {
    const releases = await releasesOf(bench);
    const web1 = await bench.get("web1");
    const pinned = await releases.pin(web1, V2, QUIETLY);
    await bench.lifecycle.stop(web1, null);
    await releases.put(web1, pinned);
    await releases.put(web1, pinned);
    expect((await bench.get("web1")).state).toMatch(/^(exited|created)$/);
    await bench.lifecycle.start(web1);
    await readyAs(bench, "web1", "v2");
  });
}

function testSurviving(bench: ContractBench): void {
  test("a crash, a restart, a pause and being removed change nothing of the version", async () => {
    const releases = await releasesOf(bench);
    const pinned = await releases.pin(await bench.get("web1"), V2, QUIETLY);
    const web1 = await inPlace(bench, "web1", pinned, "v2");
    await bench.engine.powers.crash.crash(web1);
    await bench.event("started", "web1", ({ by }) => by === "policy");
    await readyAs(bench, "web1", "v2");
    await bench.lifecycle.restart(web1, null);
    await readyAs(bench, "web1", "v2");
    await bench.lifecycle.pause(web1, await bench.hold());
    await bench.lifecycle.unpause(web1);
    await readyAs(bench, "web1", "v2");
    await bench.lifecycle.remove(web1, await bench.hold());
    await bench.lifecycle.recreate(web1);
    await readyAs(bench, "web1", "v2");
    expect(await releases.of(web1)).toEqual(pinned);
  });

  test("up leaves it alone, and after a down the stack starts as declared", async () => {
    const releases = await releasesOf(bench);
    const pinned = await releases.pin(await bench.get("web1"), V2, QUIETLY);
    const web1 = await inPlace(bench, "web1", pinned, "v2");
    await bench.up();
    expect(await bench.get("web1")).toEqual(web1);
    await bench.lifecycle.stop(web1, null);
    await bench.up();
    await readyAs(bench, "web1", "v2");
    await bench.engine.down();
    await bench.up();
    await readyAs(bench, "web1", "v1");
  });
}
