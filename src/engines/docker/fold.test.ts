import { beforeEach, describe, expect, test } from "vitest";
import type { EngineEvent } from "../../model/replica.ts";
import { serverSpec } from "../contract/stack.ts";
import { createCommands } from "./commands.ts";
import type { Containers } from "./containers.ts";
import type { DockerEvent } from "./event-stream.ts";
import { Fold } from "./fold.ts";
import type { Inspected } from "./inspected.ts";
import { ReplicaRecord } from "./replica-record.ts";

const ID = "c0ffee".padEnd(64, "0");
const LABELS = {
  "com.docker.compose.service": "web",
  "com.docker.compose.container-number": "1",
  "com.docker.compose.oneoff": "False",
};

const running: Inspected = {
  id: ID,
  name: "shop_web_1",
  state: "running",
  pid: 100,
  startedAt: 1_000,
  finishedAt: 0,
  exitCode: 0,
  restarts: 0,
  restart: { mode: "always", maxRetries: null },
  stopSignal: "SIGTERM",
  health: "none",
  ip: null,
  published: new Map(),
  exposed: [],
  isTty: false,
  release: "sha256:abc ",
  version: null,
  anonymousVolumes: [],
};

/** What Docker tells is made up here; what `docker inspect` says is `now`. */
let now: Inspected | null;
let told: EngineEvent[];
let record: ReplicaRecord;
let commands: ReturnType<typeof createCommands>;
let fold: Fold;

beforeEach(() => {
  now = running;
  told = [];
  const spec = serverSpec("web", { ready: "running" });
  record = new ReplicaRecord(spec, "shop/web/1", {
    canAsk: () => false,
    emit: (event) => told.push(event),
  });
  record.found(running);
  commands = createCommands(() => 500);
  fold = new Fold(new Map([["web/1", record]]), {
    commands,
    containers: { inspect: async () => now } as unknown as Containers,
    daemon: { wall: () => 10_000, toWorld: (wall) => wall },
    probing: { start: async () => undefined, stop: () => undefined, stopAll: () => undefined },
  });
});

function take(action: string, at: number, attributes: Record<string, string> = {}, id = ID) {
  const event: DockerEvent = { action, id, at, attributes: { ...LABELS, ...attributes } };
  return fold.take(event);
}

const summary = () => told.map(({ type, by, replica }) => `${type} by ${by}: ${replica.state}`);

describe("deaths", () => {
  test("a crash under a policy is told as such, with the life that ended", async () => {
    await take("die", 2_000, { exitCode: "137" });
    expect(told).toMatchObject([
      {
        type: "died",
        by: "itself",
        instance: `${ID.slice(0, 12)}/100`,
        signal: "SIGKILL",
        exitCode: null,
        replica: { state: "restarting", instance: null, ready: false },
      },
    ]);
    now = { ...running, pid: 101, startedAt: 3_000, restarts: 1 };
    await take("start", 3_001);
    expect(summary().slice(1)).toEqual(["started by policy: running", "ready by itself: running"]);
    expect(record.view()).toMatchObject({ restarts: 1, instance: `${ID.slice(0, 12)}/101` });
  });

  test("one that was killed through the API stays down", async () => {
    await take("kill", 1_999, { signal: "9" });
    await take("die", 2_000, { exitCode: "137" });
    expect(summary()).toEqual(["died by itself: exited"]);
  });

  test.each([
    ["0", { exitCode: 0, signal: null }],
    ["3", { exitCode: 3, signal: null }],
    ["139", { exitCode: null, signal: "SIGSEGV" }],
    ["134", { exitCode: null, signal: "SIGABRT" }],
  ])("exit code %s", async (exitCode, expected) => {
    await take("die", 2_000, { exitCode });
    expect(told[0]).toMatchObject(expected);
  });

  test("one of a life before this one is old news", async () => {
    await take("die", 900, { exitCode: "1" });
    expect(told).toEqual([]);
  });

  test("a life that was over before it could be looked at is told nevertheless", async () => {
    await take("die", 2_000, { exitCode: "1" });
    now = { ...running, pid: 0, state: "restarting", startedAt: 3_000, finishedAt: 3_010 };
    await take("start", 3_001);
    await take("die", 3_010, { exitCode: "1" });
    expect(told.map(({ type }) => type)).toEqual(["died", "started", "ready", "died"]);
    expect(told[3]?.instance).toBe(told[1]?.instance);
    expect(told[3]?.instance).not.toBe(told[0]?.instance);
  });
});

describe("who did it", () => {
  test("what a command expects is ours, once, and never earlier than the command", async () => {
    const command = commands.begin(record.key, ["died", "started"]);
    await take("die", 400_000, { exitCode: "0" });
    now = { ...running, pid: 101, startedAt: 400_001 };
    await take("start", 400_002);
    now = { ...running, pid: 102, startedAt: 400_010 };
    await take("die", 400_005, { exitCode: "0" });
    command.end();
    expect(told.filter(({ type }) => type !== "ready").map(({ by }) => by)).toEqual([
      "aegis",
      "aegis",
      "itself",
    ]);
    expect(told[0]?.at).toBeGreaterThanOrEqual(500);
  });

  test("while compose brings the project up, a revival is still the policy's", async () => {
    await take("die", 2_000, { exitCode: "1" });
    commands.beginAll(["created", "started"]);
    now = { ...running, pid: 101, startedAt: 3_000 };
    await take("start", 3_001);
    expect(summary()[1]).toBe("started by policy: running");
  });

  test("pausing and removing by others is by none of us, waking by others is somebody's policy", async () => {
    await take("pause", 2_000);
    await take("unpause", 2_001);
    await take("die", 2_002, { exitCode: "137" });
    await take("destroy", 2_003);
    expect(summary()).toEqual([
      "paused by itself: paused",
      "unready by itself: paused",
      "unpaused by policy: running",
      "ready by itself: running",
      "died by itself: restarting",
      "removed by itself: removed",
    ]);
  });
});

describe("compose makes the next container before it ends the last one", () => {
  const NEXT = "beef".padEnd(64, "0");

  test("the next one takes over when the last one is gone", async () => {
    await take("create", 2_000, {}, NEXT);
    expect(told).toEqual([]);
    now = { ...running, id: NEXT, state: "created", pid: 0 };
    await take("kill", 2_001, { signal: "15" });
    await take("die", 2_002, { exitCode: "0" });
    await take("destroy", 2_003);
    now = { ...running, id: NEXT, pid: 200, startedAt: 2_010 };
    await take("start", 2_011, {}, NEXT);
    expect(summary()).toEqual([
      "died by itself: exited",
      "created by policy: created",
      "started by policy: running",
      "ready by itself: running",
    ]);
    expect(record.view().key).toBe("shop/web/1");
  });
});

describe("a release is changed: the next container is made while the last one does not run", () => {
  const NEXT = "beef".padEnd(64, "0");
  const NAME = { name: "shop_web_1.aegis-next" };
  const next: Inspected = {
    ...running,
    id: NEXT,
    name: NAME.name,
    state: "created",
    pid: 0,
    release: "sha256:def v2",
    version: "v2",
  };

  beforeEach(async () => {
    record.answered(true, "fine", "v1", 600);
    await take("kill", 2_000, { signal: "15" });
    await take("die", 2_001, { exitCode: "0" });
    told = [];
  });

  test("it takes over when the last one is gone, and is of the new version at once", async () => {
    await take("create", 2_002, NAME, NEXT);
    expect(record.view()).toMatchObject({ state: "exited", version: "v1" });
    now = next;
    commands.begin(record.key, ["created"]);
    await take("destroy", 2_003);
    now = { ...next, name: "shop_web_1" };
    await take("rename", 2_004, { name: "shop_web_1" }, NEXT);
    expect(summary()).toEqual(["created by aegis: created"]);
    expect(record.view()).toMatchObject({ state: "created", version: "v2" });
    expect(record.container?.name).toBe("shop_web_1");
  });

  test("it is forgotten when it is gone first, and the last one stays what it was", async () => {
    await take("create", 2_002, NAME, NEXT);
    await take("destroy", 2_003, NAME, NEXT);
    expect(told).toEqual([]);
    now = null;
    await take("destroy", 2_004);
    expect(summary()).toEqual(["removed by itself: removed"]);
  });

  test("both are gone when somebody has taken both away", async () => {
    await take("create", 2_002, NAME, NEXT);
    now = null;
    await take("destroy", 2_003);
    await take("destroy", 2_003, NAME, NEXT);
    expect(summary()).toEqual(["removed by itself: removed"]);
    expect(record.container).toBeNull();
  });

  test("what was declared again is of a version that only its answers tell", async () => {
    record.found(next);
    now = { ...running, id: NEXT, state: "created", pid: 0 };
    await take("create", 2_002, NAME, "b0b".padEnd(64, "0"));
    await take("destroy", 2_003, {}, NEXT);
    expect(record.view()).toMatchObject({ state: "created", version: null });
  });
});

test("events keep their order in time", async () => {
  await take("pause", 3_000);
  await take("unpause", 2_000);
  const times = told.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test("what is no replica of the stack is passed over", async () => {
  await fold.take({ action: "die", id: ID, at: 2_000, attributes: {} });
  const oneoff = { ...LABELS, "com.docker.compose.oneoff": "True", exitCode: "1" };
  await fold.take({ action: "die", id: ID, at: 2_000, attributes: oneoff });
  expect(told).toEqual([]);
});
