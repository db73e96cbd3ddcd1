import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mainTraffic, measuringPlan } from "../cli/generated-plan.ts";
import { createHost } from "../cli/host.ts";
import { serverSpec } from "../engines/contract/stack.ts";
import { createDryEngine } from "../engines/dry/index.ts";
import type { Engine } from "../engines/engine.ts";
import { kinds } from "../faults/index.ts";
import { AegisError } from "../kit/errors.ts";
import type { World } from "../kit/world.ts";
import type { JournalRecord } from "../model/journal.ts";
import type { StepPlan } from "../model/plan.ts";
import type { EngineEvent } from "../model/replica.ts";
import { type Ledger, openLedger } from "../state/ledger.ts";
import { httpServer } from "../tester/test-servers.ts";
import { performRun, type RunResult } from "./run.ts";
import { FREEZE } from "./testing/freeze.ts";

const host = createHost();
const replicas = ["app1", "app2"].map((name) => serverSpec(name, { service: "app" }));
const freeze = { ...FREEZE, end: { after: "time", ms: 30_000 } } as const;

let world: World;
let dry: Engine;
let ledger: Ledger;
let url: string;

beforeEach(async () => {
  const cwd = mkdtempSync(join(tmpdir(), "aegis-bad-day-"));
  world = { ...host.world, stateHome: join(cwd, "state"), cwd };
  mkdirSync(join(cwd, "state"));
  dry = await createDryEngine({ stack: stackIn(cwd), world, stateDirectory: cwd });
  await dry.up({ timeoutMs: 100, onProgress: () => {} });
  ledger = openLedger(cwd);
  url = `http://127.0.0.1:${await httpServer((_, response) => response.end("ok"))}/`;
});

afterEach(() => {
  ledger.close();
  rmSync(world.cwd, { recursive: true });
});

function stackIn(directory: string) {
  return { project: "bad-day", file: null, directory, profiles: [], replicas };
}

/** A run that harms; `when` is told of each record. */
async function play(
  engine: Engine,
  {
    step = {},
    when = () => {},
  }: { step?: Partial<StepPlan>; when?: (record: JournalRecord) => void } = {},
): Promise<RunResult> {
  const traffic = mainTraffic({ url, rate: 20, timeoutMs: 2000 });
  const plan = measuringPlan(world, { name: "bad day", traffic, ms: 0 });
  const lease = await engine.lease({ ttlMs: 10_000, downOnExpiry: false });
  return performRun({
    plan: { ...plan, steps: [{ ...freeze, ...step }] },
    engine,
    stack: stackIn(world.cwd),
    ledger,
    stateDirectory: world.cwd,
    lease,
    kinds,
    world,
    version: "0",
    out: null,
    interrupt: new AbortController().signal,
    endless: false,
    onProgress: () => {},
    observe: when,
    onRequest: null,
  });
}

function isApplied(record: JournalRecord): boolean {
  return record.type === "injection" && record.stage === "applied";
}

const stateOf = async (name: string) =>
  (await dry.replicas()).find((one) => one.name === name)?.state;

/** The same engine, which can go away as a daemon does that restarts: its events end, and every call is refused. */
function unsteady(engine: Engine): { engine: Engine; leave: () => void; comeBack: () => void } {
  const away = { since: new AbortController() };
  const error = new AegisError("ENVIRONMENT", "no daemon");
  const unlessAway = <Of extends object>(of: Of): Of =>
    new Proxy(of, {
      get(object, name) {
        const value = Reflect.get(object, name);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          if (away.since.signal.aborted) throw error;
          return Reflect.apply(value, object, args);
        };
      },
    });
  const { lifecycle } = engine.powers;
  const all: Engine = {
    ...unlessAway({ ...engine }),
    powers: { ...engine.powers, lifecycle: unlessAway(lifecycle) },
    async *events(signal) {
      yield* engine.events(AbortSignal.any([signal, away.since.signal]));
      if (!signal.aborted) throw error;
    },
  };
  return {
    engine: all,
    leave: () => away.since.abort(),
    comeBack: () => {
      away.since = new AbortController();
    },
  };
}

test("a daemon that restarts in the middle: everything is undone when it is back, and the run is inconclusive", async () => {
  const { engine, leave, comeBack } = unsteady(dry);
  const { verdict, leftovers } = await play(engine, {
    when: (record) => {
      if (!isApplied(record)) return;
      leave();
      setTimeout(comeBack, 1500);
    },
  });
  expect(verdict).toMatchObject({ verdict: "inconclusive", exit: 3 });
  expect(verdict.summary).toContain("the engine was lost: no daemon");
  expect(leftovers).toEqual([]);
  expect(await stateOf("app1")).toBe("running");
  expect(ledger.open()).toEqual([]);
});

test("a bug of ours does not hide the harm that is left", async () => {
  const unpause = () => Promise.reject(new Error("no"));
  const lifecycle = { ...dry.powers.lifecycle, unpause };
  const engine: Engine = { ...dry, powers: { ...dry.powers, lifecycle } };
  const bug = new TypeError("undefined is no function");
  const playing = play(engine, {
    when: (record) => {
      if (isApplied(record)) throw bug;
    },
  });
  await expect(playing).rejects.toMatchObject({
    cause: bug,
    leftovers: expect.arrayContaining(["freeze#1 (pause of app1) could not be undone: no"]),
  });
  expect(ledger.open()).toHaveLength(1);
});

test("what its restart did to replicas that aegis never harmed is not harm that aegis left", async () => {
  const { engine, leave, comeBack } = unsteady(dry);
  const lease = await dry.lease({ ttlMs: 10_000, downOnExpiry: false });
  const app2 = (await dry.replicas()).find(({ name }) => name === "app2");
  const { verdict, leftovers } = await play(engine, {
    when: (record) => {
      if (!isApplied(record) || app2 === undefined) return;
      leave();
      void dry.powers.lifecycle.kill(app2, { lease: lease.id, injection: "" }).then(comeBack);
    },
  });
  expect(await stateOf("app2")).toBe("exited");
  expect(verdict.exit).toBe(3);
  expect(leftovers).toEqual([]);
});

test("a replica that somebody else removes during the fault is told, and its harm is gone with it", async () => {
  const lease = await dry.lease({ ttlMs: 10_000, downOnExpiry: false });
  /** What somebody else does is not by aegis. */
  const engine: Engine = {
    ...dry,
    async *events(signal) {
      for await (const event of dry.events(signal)) {
        const byOthers = event.type === "removed" || event.type === "died";
        yield byOthers ? ({ ...event, by: "itself" } satisfies EngineEvent) : event;
      }
    },
  };
  const { verdict, leftovers, timeline } = await play(engine, {
    step: { end: { after: "time", ms: 500 } },
    when: (record) => {
      if (record.type !== "injection" || !isApplied(record) || record.target === null) return;
      void dry.powers.lifecycle.remove(record.target, { lease: lease.id, injection: "" });
    },
  });
  expect(verdict).toMatchObject({ verdict: "inconclusive", exit: 3 });
  expect(verdict.doubts.join("\n")).toMatch(/app1 was removed .* into the run, and not by aegis/);
  expect(verdict.doubts.join("\n")).toContain("not proven: freeze#1");
  expect(timeline.ended?.reason).toBe("complete");
  expect(leftovers).toEqual([]);
  expect(ledger.open()).toEqual([]);
});

test("a STOP file that appears ends the run: what is held is undone at once, and nothing more is injected", async () => {
  const path = join(world.stateHome, "STOP");
  const records: JournalRecord[] = [];
  const { verdict, leftovers } = await play(dry, {
    step: { repeat: { everyMs: 200, jitterMs: 0, times: 50, forMs: null }, kind: "pause" },
    when: (record) => {
      records.push(record);
      if (isApplied(record) && !existsSync(path)) writeFileSync(path, "");
    },
  });
  expect(verdict).toMatchObject({ verdict: "inconclusive", exit: 3 });
  expect(verdict.summary).toContain(`stopped by the STOP file ${path}`);
  expect(records.at(-1)).toMatchObject({ type: "run", reason: "stopped" });
  expect(records.filter(isApplied)).toHaveLength(1);
  expect(leftovers).toEqual([]);
  expect(await stateOf("app1")).toBe("running");
});

test("a STOP file that is there keeps a run from starting, and one that only measures is none of its business", async () => {
  writeFileSync(join(world.stateHome, "STOP"), "");
  await expect(play(dry)).rejects.toMatchObject({ code: "ENVIRONMENT" });
  expect(existsSync(join(world.cwd, ".aegis", "runs"))).toBe(false);
  const wait = { kind: "wait", target: null, end: { after: "time", ms: 400 } } as const;
  expect((await play(dry, { step: wait })).verdict.exit).toBe(0);
});

test("a step that would destroy something refuses the run before anything is made or harmed", async () => {
  const lifecycle = { ...dry.powers.lifecycle, losses: async () => ["/app/upload.db"] };
  const engine: Engine = { ...dry, powers: { ...dry.powers, lifecycle } };
  await expect(play(engine, { step: { kind: "remove" } })).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: "step freeze (line 1): remove of app1 would destroy /app/upload.db",
  });
  expect(existsSync(join(world.cwd, ".aegis", "runs"))).toBe(false);
  expect(await stateOf("app1")).toBe("running");
  const short = { kind: "remove", irreversible: true, end: { after: "time", ms: 300 } } as const;
  expect((await play(engine, { step: short })).verdict.exit).toBe(0);
});

test("a helper that goes away soon is no residue; what the project holds more of for good is, by name", async () => {
  const short = { end: { after: "time", ms: 300 } } as const;
  const held = { names: ["network bad-day_default"] };
  const engine: Engine = { ...dry, belongings: async () => held.names };
  const fleeting = play(engine, {
    step: short,
    when: (record) => {
      if (!isApplied(record)) return;
      held.names = ["network bad-day_default", "helper aegis-warden-1"];
    },
  });
  setTimeout(() => {
    held.names = ["network bad-day_default"];
  }, 3000);
  expect(await fleeting).toMatchObject({ leftovers: [], verdict: { exit: 0 } });
  const { clock } = world;
  let skipped = 0;
  world = { ...world, clock: { ...clock, now: () => clock.now() + skipped } };
  let looks = 0;
  const littered: Engine = {
    ...dry,
    belongings: async () => {
      looks += 1;
      // From the second look on, nobody waits for real until patience is at its end.
      if (looks > 2) skipped += 10_000_000;
      return looks === 1 ? [] : ["volume bad-day_new"];
    },
  };
  const { leftovers, verdict } = await play(littered, { step: short });
  expect(leftovers).toEqual(["volume bad-day_new is new"]);
  expect(verdict.exit).toBe(5);
});
