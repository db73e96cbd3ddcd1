import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createHost } from "../cli/host.ts";
import { serverSpec } from "../engines/contract/stack.ts";
import { createDryEngine } from "../engines/dry/index.ts";
import type { Engine } from "../engines/engine.ts";
import { kinds } from "../faults/index.ts";
import { AegisError } from "../kit/errors.ts";
import type { World } from "../kit/world.ts";
import { openLedger } from "../state/ledger.ts";
import {
  forgetProject,
  listProjects,
  projectDirectory,
  rememberProject,
} from "../state/project-directory.ts";
import type { Guard } from "./guard.ts";
import { heal } from "./heal.ts";
import { withLock } from "./project.ts";
import { type SessionOptions, withSession } from "./session.ts";

const NAME = "odd_Name-7.x";
const NEVER = new AbortController().signal;
const UP = { timeoutMs: 100, onProgress: () => {} };
const guard: Guard = {
  harms: true,
  allowed: [],
  again: (...words) => ["aegis chaos run", ...words].join(" "),
};

const host = createHost();
let world: World;
let dry: Engine;
let engine: Engine;
let said: string[];
const stack = {
  project: NAME,
  file: null,
  directory: "/",
  profiles: [],
  replicas: [serverSpec("app1")],
};

/** The same project over all sessions of a test, on an engine that others can start projects on too. */
beforeEach(async () => {
  const home = mkdtempSync(join(tmpdir(), "aegis-session-"));
  world = { ...host.world, stateHome: join(home, "state"), cwd: home };
  dry = await createDryEngine({ stack, world, stateDirectory: home });
  const { exclusive: _, ...shared } = dry;
  engine = { ...shared, up: vi.fn(dry.up), down: vi.fn(dry.down), lease: vi.fn(dry.lease) };
  said = [];
});
afterEach(() => rmSync(world.cwd, { recursive: true }));

function options(changes: Partial<SessionOptions> = {}): SessionOptions {
  return {
    world,
    stack,
    engine: "shared",
    kinds,
    guard,
    command: "aegis chaos run",
    waitTimeoutMs: 100,
    keep: false,
    interrupt: NEVER,
    onProgress: (line) => said.push(line),
    createEngine: async () => engine,
    ...changes,
  };
}

async function refusal(changes: Partial<SessionOptions> = {}): Promise<AegisError> {
  const work = vi.fn();
  const thrown: unknown = await withSession(options(changes), work).catch((error) => error);
  expect(work).not.toHaveBeenCalled();
  if (thrown instanceof AegisError) return thrown;
  throw new Error(`it was not refused: ${thrown}`);
}

const isForeign = (): Promise<boolean> => withLock(options(), async ({ found }) => found.foreign);
const upAsOurs = (): Promise<void> => withLock(options(), ({ up }) => up(UP));

describe("a project that is down", () => {
  test("is started for the session, and taken down and forgotten after it", async () => {
    expect(await withSession(options(), ({ engine }) => engine.isUp())).toBe(true);
    expect(await engine.isUp()).toBe(false);
    expect(listProjects(world)).toEqual([]);
  });

  test("is recorded as ours before it is started, so that a later command may finish what a dead one began", async () => {
    engine = {
      ...engine,
      up: async (options) => {
        expect(listProjects(world)).toMatchObject([{ record: { owned: true } }]);
        await dry.up(options);
      },
    };
    await withSession(options(), async () => {});
  });

  test("and whose start fails is forgotten", async () => {
    const failure = new AegisError("ENVIRONMENT", "app1 is not ready");
    engine = { ...engine, up: () => Promise.reject(failure) };
    expect(await refusal()).toBe(failure);
    expect(listProjects(world)).toEqual([]);
  });

  test("is taken down even when the engine is away at that moment", async () => {
    const away = [true, true, true];
    const unlessAway = async <T>(work: () => Promise<T>): Promise<T> => {
      if (away.pop()) throw new AegisError("ENVIRONMENT", "no daemon");
      return work();
    };
    await withSession(options(), async () => {
      engine.down = () => unlessAway(dry.down);
      engine.isUp = () => unlessAway(dry.isUp);
    });
    expect(away).toEqual([]);
    expect(await dry.isUp()).toBe(false);
  });
});

describe("a project that aegis has started", () => {
  test("needs no leave, and stays up after a session", async () => {
    await upAsOurs();
    await withSession(options(), async () => {});
    expect(await engine.isUp()).toBe(true);
    expect(await isForeign()).toBe(false);
  });

  test("is ours even with everything of it stopped", async () => {
    await upAsOurs();
    engine = { ...engine, isUp: async () => false, exists: async () => true };
    expect(await isForeign()).toBe(false);
  });

  test("is somebody else's once it was taken down and made anew", async () => {
    let life = "first";
    engine = { ...engine, life: async () => life };
    await upAsOurs();
    expect(await isForeign()).toBe(false);
    life = "second";
    expect(await isForeign()).toBe(true);
    life = "first";
    expect(await isForeign()).toBe(true);
  });

  test("is known by its life as soon as it has one, while it still starts", async () => {
    let life: string | null = null;
    const lives = (is: string | null) =>
      expect(listProjects(world)[0]?.record?.life ?? null).toBe(is);
    const up: Engine["up"] = async (options) => {
      lives(null);
      life = "first";
      await vi.waitFor(() => lives("first"));
      await dry.up(options);
    };
    engine = { ...engine, up, life: async () => life };
    await upAsOurs();
    lives("first");
  });

  test("is somebody else's when our start died before anything was there, and it was made since", async () => {
    engine = { ...engine, life: async () => "second" };
    await dry.up(UP);
    const cutShort = { engine: "shared", stack, owned: true };
    rememberProject(projectDirectory(world, "shared", NAME), cutShort, world);
    expect(await isForeign()).toBe(true);
  });

  test("is nobody's after it was found down", async () => {
    await upAsOurs();
    await engine.down();
    expect(await isForeign()).toBe(false);
    await engine.up(UP);
    expect(await isForeign()).toBe(true);
  });

  test("and whose record was lost is taken for somebody else's: the safe mistake", async () => {
    await upAsOurs();
    forgetProject(projectDirectory(world, "shared", NAME));
    expect(await isForeign()).toBe(true);
  });

  test("is ours without any record where nobody else can start one", async () => {
    await dry.up(UP);
    engine = dry;
    expect(await isForeign()).toBe(false);
  });
});

describe("a project that somebody else has started", () => {
  beforeEach(async () => {
    await dry.up(UP);
  });

  test("is not touched without leave; the command that gives it is told", async () => {
    const { code, hint } = await refusal();
    expect(code).toBe("INVALID_INPUT");
    expect(hint).toContain(`aegis chaos run --allow ${NAME}`);
    for (const touch of [engine.up, engine.down, engine.lease])
      expect(touch).not.toHaveBeenCalled();
    expect(listProjects(world)).toEqual([]);
  });

  test("is used with leave, never started and never taken down, and does not become ours", async () => {
    await withSession(options({ guard: { ...guard, allowed: [NAME] } }), async () => {});
    expect(engine.up).not.toHaveBeenCalled();
    expect(engine.down).not.toHaveBeenCalled();
    expect(await engine.isUp()).toBe(true);
    expect(listProjects(world)).toEqual([]);
  });

  test("is measured without leave", async () => {
    const work = vi.fn(async () => {});
    await withSession(options({ guard: { ...guard, harms: false } }), work);
    expect(work).toHaveBeenCalled();
  });

  test("is found again by heal, with the harm that a dead run left, and then forgotten", async () => {
    const allowed = { ...guard, allowed: [NAME] };
    const [app1] = await engine.replicas();
    const { key = "", service = "", name = "", instance = null } = app1 ?? {};
    const target = { key, service, name, instance };
    await withSession(options({ guard: allowed }), async ({ ledger, lease }) => {
      const what = {
        id: "f#1",
        run: "r",
        step: "f",
        kind: "pause",
        params: {},
        irreversible: false,
      };
      ledger.prepare({ ...what, target, before: { state: "running" } });
      await engine.powers.lifecycle.pause(target, { lease: lease.id, injection: "f#1" });
      // As with a run that dies here, nobody ends its lease.
      lease.release = async () => {};
    });
    expect(listProjects(world)).toMatchObject([{ record: { owned: false } }]);
    expect((await engine.replicas())[0]?.state).toBe("paused");
    await withLock(options(), async ({ engine, ledger }) => {
      expect((await heal(engine, ledger, kinds)).failed).toEqual([]);
    });
    expect((await engine.replicas())[0]?.state).toBe("running");
    expect(listProjects(world)).toEqual([]);
  });

  test("and then stopped is not ours to start, with leave or without", async () => {
    engine = { ...engine, isUp: async () => false, exists: async () => true };
    const { code, message } = await refusal({ guard: { ...guard, allowed: [NAME] } });
    expect(code).toBe("ENVIRONMENT");
    expect(message).toContain("is stopped, and aegis did not start it");
    expect(engine.up).not.toHaveBeenCalled();
  });
});

test("a project that somebody uses whom our lock does not keep out is refused before anything of it is touched", async () => {
  await upAsOurs();
  vi.mocked(engine.up).mockClear();
  const free = { no: "in use by pid 12 on build7", hint: "wait" };
  engine = { ...engine, isFree: async () => free, expireLeases: vi.fn(dry.expireLeases) };
  expect(await refusal()).toMatchObject({ code: "ENVIRONMENT", message: free.no, hint: free.hint });
  for (const touch of [engine.up, engine.down, engine.lease, engine.expireLeases])
    expect(touch).not.toHaveBeenCalled();
});

describe("a project on another machine", () => {
  beforeEach(() => {
    engine = { ...engine, remote: "build7" };
  });

  test("needs leave even when it is not up yet, and the machine is told before anything else", async () => {
    const { code, message } = await refusal();
    expect(code).toBe("INVALID_INPUT");
    expect(message).toContain("build7");
    expect(said).toEqual([`project ${NAME} is on another machine: build7`]);
    expect(engine.up).not.toHaveBeenCalled();
  });

  test("is started, harmed and taken down with leave", async () => {
    await withSession(options({ guard: { ...guard, allowed: [NAME] } }), async () => {});
    expect(said[0]).toContain("build7");
    expect(engine.down).toHaveBeenCalledOnce();
  });
});

test("a ledger that a dead run left open keeps a project remembered when it is not up", async () => {
  await upAsOurs();
  const ledger = openLedger(projectDirectory(world, "shared", NAME));
  const entry = { id: "f#1", run: "r", step: "f", kind: "pause", target: null, params: {} };
  ledger.prepare({ ...entry, before: {}, irreversible: false });
  ledger.close();
  await engine.down();
  await withLock(options(), async () => {});
  expect(listProjects(world)).toHaveLength(1);
});
