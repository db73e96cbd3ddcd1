import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { declaredReplica } from "../absent-replica.ts";
import { serverSpec } from "../contract/stack.ts";
import { Leases } from "./leases.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const replica = { ...declaredReplica("p/web", serverSpec("web")), state: "running" } as const;
const hold = { lease: "l1", injection: "freeze#1" };

function createLeases(downOnExpiry = false) {
  const told: string[] = [];
  const leases = new Leases({
    putBack: async (key, before) => {
      told.push(`${key} back to ${before}`);
      if (key === "p/ill") throw new Error("ill");
    },
    undo: async ({ key, harm }) => void told.push(`${harm.undo.join(" ")} beside ${key}`),
    willGoDown: () => void told.push("about to go down"),
    goDown: () => told.push("down"),
    ended: () => told.push("ended"),
  });
  leases.open("l1", { ttlMs: 1000, downOnExpiry });
  return { leases, told };
}

test("a lease that is renewed in time never ends", async () => {
  const { leases, told } = createLeases();
  leases.hold(hold, replica);
  for (let renewal = 0; renewal < 10; renewal++) {
    await vi.advanceTimersByTimeAsync(900);
    leases.renew("l1");
  }
  expect(told).toEqual([]);
  expect(leases.any).toBe(true);
});

test("one that is not renewed puts back what it holds, once, and can be used no more", async () => {
  const { leases, told } = createLeases();
  leases.hold(hold, replica);
  await vi.advanceTimersByTimeAsync(1100);
  expect(told).toEqual(["p/web back to running", "ended"]);
  expect(leases.any).toBe(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toHaveLength(2);
  expect(() => leases.renew("l1")).toThrow("has run out");
  expect(() => leases.hold(hold, replica)).toThrow("has run out");
});

test("a renewal that is only just late counts", async () => {
  const { leases, told } = createLeases();
  await vi.advanceTimersByTimeAsync(1020);
  leases.renew("l1");
  await vi.advanceTimersByTimeAsync(900);
  expect(told).toEqual([]);
});

test("what was freed in between is not put back", async () => {
  const { leases, told } = createLeases();
  leases.hold(hold, replica);
  leases.drop("p/web");
  await vi.advanceTimersByTimeAsync(1100);
  expect(told).toEqual(["ended"]);
});

test("the state before the first harm is the one to go back to", async () => {
  const { leases, told } = createLeases();
  leases.hold(hold, replica);
  leases.hold({ ...hold, injection: "kill#1" }, { ...replica, state: "paused" });
  await leases.release("l1");
  await leases.release("l1");
  expect(told).toEqual(["p/web back to running", "ended"]);
});

describe("what commands have done", () => {
  const command = (undo: string, key = "p/web") => {
    return { key, harm: { run: ["harm"], undo: undo.split(" "), timeoutMs: 10 } };
  };

  test("is undone by their commands, newest first, after what else is held of the replica", async () => {
    const { leases, told } = createLeases();
    leases.holdCommand(hold, command("rm a"));
    leases.holdCommand(hold, command("rm b"));
    leases.holdCommand(hold, command("rm a", "p/db"));
    leases.hold(hold, replica);
    await vi.advanceTimersByTimeAsync(1100);
    expect(told.filter((line) => line.includes("p/web"))).toEqual([
      "p/web back to running",
      "rm b beside p/web",
      "rm a beside p/web",
    ]);
    expect(told).toContain("rm a beside p/db");
    expect(told).toHaveLength(5);
    expect(() => leases.holdCommand(hold, command("rm a"))).toThrow("has run out");
  });

  test("is undone once, however often it was held, and not when it was undone before", async () => {
    const { leases, told } = createLeases();
    leases.holdCommand(hold, command("rm a"));
    leases.holdCommand(hold, command("rm a"));
    leases.holdCommand(hold, command("rm b"));
    leases.dropCommand(command("rm b"));
    leases.dropCommand(command("rm a", "p/db"));
    await leases.release("l1");
    await leases.release("l1");
    expect(told).toEqual(["rm a beside p/web", "ended"]);
  });

  test("stays held when the replica is put right by hand", async () => {
    const { leases, told } = createLeases();
    leases.hold(hold, replica);
    leases.holdCommand(hold, command("rm a"));
    leases.drop("p/web");
    await leases.release("l1");
    expect(told).toEqual(["rm a beside p/web", "ended"]);
  });

  test("is undone although the replica could not be put back", async () => {
    const { leases, told } = createLeases();
    leases.hold(hold, { ...replica, key: "p/ill" });
    leases.holdCommand(hold, command("rm a", "p/ill"));
    await leases.release("l1");
    expect(told).toEqual(["p/ill back to running", "rm a beside p/ill", "ended"]);
  });
});

test("after the harm the stack goes down if the lease says so, but not when it is released", async () => {
  const expired = createLeases(true);
  expired.leases.hold(hold, replica);
  await vi.advanceTimersByTimeAsync(1100);
  expect(expired.told).toEqual(["about to go down", "p/web back to running", "ended", "down"]);
  const released = createLeases(true);
  await released.leases.release("l1");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(released.told).toEqual(["ended"]);
});
