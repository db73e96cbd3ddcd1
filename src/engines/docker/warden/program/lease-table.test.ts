import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Duties, LeaseTable, type SavedLeases } from "./lease-table.ts";
import type { Undo } from "./wire.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const PLAN = { project: "shop", keepVolumes: [] };
const held = (key: string, how: "unpause" | "start" = "start", id = "1"): Undo => {
  const base = { key, name: key, id };
  return how === "start" ? { ...base, do: how, identity: [] } : { ...base, do: how };
};

const commanded = (key: string, undo: string): Undo => ({
  key,
  name: key,
  id: "1",
  do: "exec",
  identity: [],
  run: ["harm"],
  undo: [undo],
  timeoutMs: 1000,
});

function openTable(duties: Partial<Duties> = {}) {
  const log: string[] = [];
  let saved: SavedLeases = [];
  const table = new LeaseTable({
    undo: async (undos, mayCome) => {
      const all = undos.map((undo) => `${undo.do} ${undo.key}`).join(", ");
      log.push(`${all}${mayCome ? " (may come)" : ""}`);
    },
    takeDown: async ({ project }) => void log.push(`down ${project}`),
    save: (leases) => {
      saved = JSON.parse(JSON.stringify(leases));
    },
    expired: (lease) => log.push(`expired ${lease}`),
    done: () => log.push("done"),
    ...duties,
  });
  const open = (lease: string, down: typeof PLAN | null = null): void =>
    table.open({ lease, ttlMs: 1000, down });
  return { table, open, log, saved: () => saved };
}

const ended = expect.objectContaining({ code: "ended" });

describe("a lease", () => {
  test("that is renewed lasts; one that is not is told to have run out, and what it held is undone, newest first", async () => {
    const { table, open, log } = openTable();
    open("a");
    table.hold("a", held("x", "unpause"));
    table.hold("a", held("y"));
    table.hold("a", held("x", "start"));
    for (let round = 0; round < 5; round++) {
      await vi.advanceTimersByTimeAsync(900);
      table.renew("a");
    }
    expect(log).toEqual([]);
    await vi.advanceTimersByTimeAsync(1100);
    expect(log).toEqual([
      "expired a",
      "start x, unpause x (may come)",
      "start y (may come)",
      "done",
    ]);
    expect(() => table.renew("a")).toThrow(ended);
    expect(() => table.hold("a", held("x"))).toThrow(ended);
    expect(table.size).toBe(0);
  });

  test("undoes at its release what is still held, once, and knows that no harm is on its way", async () => {
    const { table, open, log } = openTable();
    open("a");
    table.hold("a", held("x"));
    table.hold("a", held("y"));
    table.free("x", null);
    await Promise.all([table.release("a"), table.release("a")]);
    await table.release("a");
    await vi.advanceTimersByTimeAsync(5000);
    expect(log).toEqual(["start y"]);
  });

  test("holds the newest of the same harm of one replica", () => {
    const { table, open, saved } = openTable();
    open("a");
    table.hold("a", held("x", "start", "old"));
    table.hold("a", held("x", "start", "new"));
    expect(saved()).toEqual([{ id: "a", down: null, holds: [held("x", "start", "new")] }]);
  });

  test("refuses new harm while what it held is being undone, and stays written down until it is", async () => {
    let finish = (): void => undefined;
    const undo = () => new Promise<void>((resolve) => (finish = resolve));
    const { table, open, saved } = openTable({ undo });
    open("a");
    table.hold("a", held("x"));
    const releasing = table.release("a");
    expect(() => table.hold("a", held("y"))).toThrow(ended);
    expect(saved()).toHaveLength(1);
    finish();
    await releasing;
    expect(saved()).toEqual([]);
  });

  test("that takes the stack down undoes nothing: neither its own, nor what others hold of it", async () => {
    const { table, open, log } = openTable();
    open("a", PLAN);
    open("b");
    table.hold("a", held("x"));
    table.hold("b", held("y"));
    await vi.advanceTimersByTimeAsync(900);
    table.renew("b");
    await vi.advanceTimersByTimeAsync(200);
    expect(log).toEqual(["expired a", "down shop", "done"]);
    await table.release("b");
    expect(log).toHaveLength(3);
  });
});

describe("what a command undoes", () => {
  test("comes last of its replica, the newest first, however it was held in between", async () => {
    const { table, open, log } = openTable({
      undo: async (undos) => {
        const word = (undo: Undo): string => (undo.do === "exec" ? `${undo.undo}` : undo.do);
        log.push(undos.map((undo) => `${word(undo)} ${undo.key}`).join(", "));
      },
    });
    open("a");
    table.hold("a", commanded("x", "drain"));
    table.hold("a", commanded("x", "drain"));
    table.hold("a", held("x", "unpause"));
    table.hold("a", commanded("x", "unplug"));
    table.hold("a", held("y"));
    await table.release("a");
    expect(log).toEqual(["unpause x, unplug x, drain x", "start y"]);
  });

  test("is freed by its own command alone, and by nothing that puts the replica right", () => {
    const { table, open, saved } = openTable();
    open("a");
    const [drain, unplug] = [commanded("x", "drain"), commanded("x", "unplug")];
    table.hold("a", drain);
    table.hold("a", unplug);
    table.hold("a", held("x"));
    table.free("x", null);
    expect(saved()).toEqual([{ id: "a", down: null, holds: [drain, unplug] }]);
    table.free("y", ["drain"]);
    table.free("x", ["drain"]);
    expect(saved()).toEqual([{ id: "a", down: null, holds: [unplug] }]);
  });

  test("is undone before the stack goes down, with what is in its way: it may outlive the stack", async () => {
    const { table, open, log } = openTable();
    open("a", PLAN);
    table.hold("a", commanded("x", "drain"));
    table.hold("a", held("x", "unpause"));
    table.hold("a", held("y"));
    await vi.advanceTimersByTimeAsync(1100);
    expect(log).toEqual(["expired a", "unpause x, exec x (may come)", "down shop", "done"]);
  });
});

describe("all leases", () => {
  test("end together, those that take the stack down last; silently: who was told of them is gone", async () => {
    const { table, open, log } = openTable();
    open("a", PLAN);
    open("b");
    table.hold("b", held("y"));
    await table.expireAll();
    expect(log).toEqual(["start y (may come)", "down shop"]);
    expect(table.size).toBe(0);
  });

  test("are taken over after a restart, with all that was held", async () => {
    const before = openTable();
    before.open("a");
    before.open("b", PLAN);
    before.table.hold("a", held("x"));
    const after = openTable();
    after.table.adopt(before.saved());
    expect(after.table.size).toBe(2);
    await after.table.expireAll();
    expect(after.log).toEqual(["start x (may come)", "down shop"]);
    expect(after.saved()).toEqual([]);
  });
});
