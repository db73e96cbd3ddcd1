import { describe, expect, test, vi } from "vitest";
import type { EngineEvent, Replica } from "../../model/replica.ts";
import { type ContractBench, type ContractSubject, createBench, PATIENCE } from "./bench.ts";
import { describeCommands } from "./commands.ts";
import { describeLifecycle } from "./lifecycle.ts";
import { describeMembers } from "./members.ts";
import { describeReleases } from "./releases.ts";

/** What every engine owes, sentence by sentence of `engine.ts`, `powers.ts` and `replica.ts`. */
export function describeEngineContract(subject: ContractSubject): void {
  describe(`the ${subject.name} engine`, () => {
    const bench = createBench(subject);
    describe("up and down", () => testUpAndDown(bench));
    describeLifecycle(bench);
    describeCommands(bench);
    describeReleases(bench);
    describeMembers(bench);
    describe("events", () => testEvents(bench));
    describe("reading", () => testReading(bench));
  });
}

function testUpAndDown(bench: ContractBench): void {
  test("before up nothing runs, and what is declared is listed in order as created", async () => {
    expect(await bench.engine.isUp()).toBe(false);
    expect(await bench.engine.exists()).toBe(false);
    const replicas = await bench.engine.replicas();
    expect(replicas.map(({ name, state }) => [name, state])).toEqual([
      ["front", "created"],
      ["web1", "created"],
      ["web2", "created"],
    ]);
  });

  test("up resolves when every replica is ready, and tells of each", async () => {
    const lines: string[] = [];
    await bench.engine.up({ timeoutMs: 20_000, onProgress: (line) => lines.push(line) });
    expect([await bench.engine.isUp(), await bench.engine.exists()]).toEqual([true, true]);
    for (const { name, state, ready, instance, startedAt } of await bench.engine.replicas()) {
      expect({ name, state, ready }).toEqual({ name, state: "running", ready: true });
      expect(instance).toEqual(expect.any(String));
      expect(startedAt).toEqual(expect.any(Number));
      expect(lines.some((line) => line.includes(name))).toBe(true);
    }
  });

  test("up again leaves what runs alone and starts what does not", async () => {
    await bench.up();
    const before = await bench.engine.replicas();
    await bench.lifecycle.stop(before[0] as Replica, null);
    await bench.up();
    const after = await bench.engine.replicas();
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(after[0]).toMatchObject({ state: "running", ready: true });
    expect(after[0]?.instance).not.toBe(before[0]?.instance);
  });

  test("down leaves nothing running, twice, and up works again", async () => {
    await bench.up();
    const before = await bench.engine.replicas();
    await bench.engine.down();
    await bench.engine.down();
    expect([await bench.engine.isUp(), await bench.engine.exists()]).toEqual([false, false]);
    for (const replica of await bench.engine.replicas()) {
      expect(replica).toMatchObject({ state: "created", instance: null, ready: false });
    }
    expect((await bench.lifecycle.stateOf(before[0] as Replica)).state).toBe("removed");
    await bench.up();
    expect((await bench.engine.replicas()).map(({ key }) => key)).toEqual(
      before.map(({ key }) => key),
    );
  });

  test("a stack without replicas goes up and down", async () => {
    const empty = await bench.subject.openEmpty();
    await empty.up({ timeoutMs: 5_000, onProgress: () => undefined });
    expect(await empty.replicas()).toEqual([]);
    await empty.down();
    await empty.close();
  });
}

function testEvents(bench: ContractBench): void {
  test("begin with a snapshot of each replica and end when the signal aborts", async () => {
    await bench.up();
    const stop = new AbortController();
    const events: EngineEvent[] = [];
    for await (const event of bench.engine.events(stop.signal)) {
      events.push(event);
      if (events.length === 3) stop.abort();
    }
    expect(events.map(({ type }) => type)).toEqual(["snapshot", "snapshot", "snapshot"]);
    expect(events.map(({ replica }) => replica)).toEqual(await bench.engine.replicas());
  });

  test("begin with what is declared while the project is not up", async () => {
    const stop = new AbortController();
    const states: string[] = [];
    for await (const { type, replica } of bench.engine.events(stop.signal)) {
      states.push(`${type} ${replica.name} ${replica.state}`);
      if (states.length === 3) stop.abort();
    }
    expect(states).toEqual([
      "snapshot front created",
      "snapshot web1 created",
      "snapshot web2 created",
    ]);
  });

  test("a fold of them is the state, on the world's clock", async () => {
    const from = bench.subject.clock.now();
    await bench.up();
    const web1 = await bench.get("web1");
    await bench.lifecycle.stop(web1, await bench.hold());
    await bench.engine.powers.crash.crash(await bench.get("web2"));
    const revived = await bench.event("started", "web2", ({ by }) => by === "policy");
    await bench.event("ready", "web2", ({ at }) => at >= revived.at);
    await vi.waitFor(async () => {
      const folded = new Map(bench.seen.map(({ replica }) => [replica.name, replica]));
      expect([...folded.values()].sort(byName)).toEqual(await bench.engine.replicas());
    }, PATIENCE);
    for (const { at, type, exitCode, signal } of bench.seen) {
      if (type !== "snapshot") expect(at).toBeGreaterThanOrEqual(from);
      expect(at).toBeLessThanOrEqual(bench.subject.clock.now());
      const how = [exitCode, signal].filter((one) => one !== null);
      expect(how).toHaveLength(type === "died" ? 1 : 0);
    }
  });
}

function testReading(bench: ContractBench): void {
  test("replicas can be asked for by service", async () => {
    await bench.up();
    const names = (await bench.engine.replicas("web")).map(({ name }) => name);
    expect(names).toEqual(["web1", "web2"]);
    expect(await bench.engine.replicas("nobody")).toEqual([]);
  });

  test("every power is there, or says why not and what to do", () => {
    for (const power of Object.values(bench.engine.can)) {
      if (power !== true) expect([power.no, power.hint]).not.toContain("");
    }
    expect(Object.keys(bench.engine.can).sort()).toEqual(Object.keys(bench.engine.powers).sort());
  });

  test("addresses are known by service and declared port, and unknown ones are refused", async () => {
    await bench.up();
    const main = await bench.engine.addressOf(null, "web", 3000);
    expect(await bench.engine.addressOf("front", "web", null)).toEqual(main);
    expect(await bench.engine.addressOf(null, "web", 3001)).not.toEqual(main);
    await expect(bench.engine.addressOf(null, "wep", null)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      hint: expect.stringContaining("web"),
    });
    await expect(bench.engine.addressOf(null, "web", 9)).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    if (!bench.subject.real) return;
    const answer = await fetch(`http://${main.host}:${main.port}/who`);
    expect(answer.headers.get("x-replica")).toBe("web1");
    expect((await bench.get("web1")).version).toBe("v1");
  });

  test("usage is known of each running replica", async () => {
    await bench.up();
    await bench.lifecycle.stop(await bench.get("front"), null);
    await bench.engine.usage();
    const usage = await bench.engine.usage();
    expect(usage.map(({ replica }) => replica)).toEqual(["web1", "web2"]);
    if (!bench.subject.real) return;
    for (const { cpu, memoryBytes } of usage) {
      expect(cpu).toBeGreaterThanOrEqual(0);
      expect(memoryBytes).toBeGreaterThan(1_000_000);
    }
  });

  test("logs end with what is kept, or follow until the signal aborts", async () => {
    await bench.up();
    const stop = new AbortController();
    const read = async (follow: boolean) => {
      const lines: string[] = [];
      const options = { names: ["web1"], follow, tail: 1, signal: stop.signal };
      for await (const { replica, stream, text } of bench.engine.logs(options)) {
        lines.push(`${replica} ${stream} ${text}`);
      }
      return lines;
    };
    const kept = bench.subject.real ? ["web1 stdout web1 listens"] : [];
    expect(await read(false)).toEqual(kept);
    const following = read(true);
    await bench.lifecycle.restart(await bench.get("web1"), null);
    setTimeout(() => stop.abort(), 10);
    expect((await following).slice(0, kept.length)).toEqual(kept);
  });
}

function byName(a: Replica, b: Replica): number {
  return a.name.localeCompare(b.name);
}
