import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { createHost } from "../cli/host.ts";
import { createDryEngine } from "../engines/dry/index.ts";
import type { Engine } from "../engines/engine.ts";
import type { Json } from "../kit/world.ts";
import type { JournalRecord } from "../model/journal.ts";
import { type Course, defineKind, type StepKind } from "../model/kind.ts";
import type { Lifecycle } from "../model/powers.ts";
import type { TargetRef } from "../model/replica.ts";
import { STACK } from "../scenario/testing.ts";
import { readCourse, readWayBack, writeRequest } from "../state/course-record.ts";
import { type Ledger, openLedger } from "../state/ledger.ts";
import { Conductor } from "./conductor.ts";
import type { Told } from "./conductor-options.ts";
import { RunCourse } from "./course.ts";
import { longestOf } from "./course-play.ts";
import { heal } from "./heal.ts";
import { Patience } from "./patience.ts";
import { ReplicaView } from "./replica-view.ts";

const { world } = createHost();
let directory: string;
let engine: Engine;
let ledger: Ledger;
let stop: AbortController;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "aegis-course-"));
  engine = await createDryEngine({ stack: STACK, world, stateDirectory: directory });
  await engine.up({ timeoutMs: 100, onProgress: () => {} });
  ledger = openLedger(directory);
  stop = new AbortController();
});

afterEach(() => {
  stop.abort();
  ledger.close();
  rmSync(directory, { recursive: true, force: true });
});

type Deed = (course: Course, lifecycle: Lifecycle, targets: TargetRef[]) => Promise<Json>;

/** One with stages that does that with app1, app2 and app3; undone by starting them again, in `undone`, unless `broken` says no. */
function staged(
  deed: Deed,
  undone: string[] = [],
  broken: (name: string) => boolean = () => false,
) {
  return defineKind({
    name: "sweep",
    summary: "",
    needs: ["lifecycle"] as const,
    staged: true,
    held: false,
    params: z.strictObject({}),
    example: {},
    outcomes: ["completed", "rolled-back"],
    prepare: async () => null,
    apply: async ({ lifecycle }, _target, _params, _hold, course) => {
      const apps = (await engine.replicas("app")).map(({ key, service, name, instance }) => ({
        key,
        service,
        name,
        instance,
      }));
      return deed(course, lifecycle, apps);
    },
    revert: async ({ lifecycle }, target, _params, before) => {
      if (broken(target.name)) throw new Error(`no way back for ${target.name}`);
      undone.push(`${target.name} ${JSON.stringify(before)}`);
      await lifecycle.start(target);
    },
    proof: () => true,
    outcome: ({ applied }) => (applied === "back" ? "rolled-back" : "completed"),
  });
}

function conduct(kind: StepKind) {
  const records: JournalRecord[] = [];
  const told: Told[] = [];
  const view = new ReplicaView();
  const options = { world, engine, ledger, run: "r1", stateDirectory: directory, aim: "app", view };
  const shared = {
    now: () => world.clock.now(),
    write: (record: JournalRecord) => void records.push(record),
    mask: (text: string) => text.replaceAll("s3cret", "***"),
  };
  const courses: RunCourse[] = [];
  const conductor = new Conductor({
    ...options,
    ...shared,
    kinds: [kind],
    lease: "none",
    clock: world.clock,
    tell: (one) => told.push(one),
    patience: new Patience(engine, world.clock),
    giveUp: (detail) => {
      throw new Error(detail);
    },
    crash: (thrown) => {
      throw thrown;
    },
    courseOf: (injection) => {
      const busy = (target: TargetRef | null): void =>
        void told.push({ type: "busy", injection: injection.id, replica: target?.key ?? null });
      const course = new RunCourse(injection, { to: "v2" }, { ...options, ...shared, busy });
      courses.push(course);
      return course;
    },
    answers: () => false,
  });
  void (async () => {
    for await (const event of engine.events(stop.signal)) {
      view.see(event);
      conductor.seeEvent(event, event.at);
    }
  })();
  const order = { step: "s", injection: "s#1", kind: kind.name, params: {}, target: null };
  conductor.inject({ ...order, irreversible: false });
  return { conductor, courses, told, records };
}

const open = (): string[] => ledger.open().map(({ id, target }) => `${id} ${target?.name}`);
const states = async (): Promise<string[]> =>
  (await engine.replicas("app")).map(({ state }) => state);

test("what is guarded is in the ledger before it is touched, and out of it when it is lifted", async () => {
  const seen: string[][] = [];
  const { conductor } = conduct(
    staged(async (course, lifecycle, [app1, app2]) => {
      const first = course.guard(app1 as TargetRef, "was 1");
      const entry = ledger.open()[0];
      seen.push([`${entry?.kind} ${entry?.stage} ${entry?.before}`]);
      await lifecycle.stop(app1 as TargetRef, null);
      course.guard(app2 as TargetRef, "was 2");
      seen.push(open());
      await lifecycle.start(app1 as TargetRef);
      first.lift();
      first.lift();
      seen.push(open());
      course.liftAll();
      seen.push(open());
      return null;
    }),
  );
  await conductor.settle();
  expect(seen).toEqual([
    ["sweep applied was 1"],
    ["s#1/app2.2 app2", "s#1/app1 app1"],
    ["s#1/app2.2 app2"],
    [],
  ]);
});

test("only what was changed for good is a change to be taken back afterwards", async () => {
  const { conductor, courses } = conduct(
    staged(async (course, _, [app1, app2, app3]) => {
      const { lift } = course.guard(app1 as TargetRef, 1);
      lift();
      course.guard(app2 as TargetRef, 2);
      course.guard(app3 as TargetRef, 3);
      course.liftAll();
      return null;
    }),
  );
  await conductor.settle();
  const [course] = courses;
  expect(course?.changed.map(({ target, before }) => [target.name, before])).toEqual([
    ["app2", 2],
    ["app3", 3],
  ]);
  expect([...(course?.touched ?? [])]).toHaveLength(3);
});

/** Stops all three, then fails. */
const halfWay: Deed = async (course, lifecycle, targets) => {
  for (const target of targets) {
    course.guard(target, `was ${target.name}`);
    await lifecycle.stop(target, null);
  }
  throw new Error("half-way, with s3cret");
};

test("one that fails: what it has left guarded is undone, the last one first", async () => {
  const undone: string[] = [];
  const { conductor, records, told } = conduct(staged(halfWay, undone));
  await conductor.settle();
  expect(undone).toEqual(['app3 "was app3"', 'app2 "was app2"', 'app1 "was app1"']);
  expect(await states()).toEqual(["running", "running", "running"]);
  expect(open()).toEqual([]);
  expect(told).toEqual([{ type: "failed", injection: "s#1" }]);
  expect(records).toContainEqual(
    expect.objectContaining({ stage: "failed", detail: "half-way, with ***" }),
  );
  expect(readCourse(directory)).toMatchObject({ outcome: null, endedAt: expect.any(String) });
  expect(await conductor.undoAll()).toEqual([]);
});

test("what cannot be undone stays open with its error, and those before it are left as they are", async () => {
  const undone: string[] = [];
  let broken = true;
  const kind = staged(halfWay, undone, (name) => broken && name === "app2");
  const { conductor } = conduct(kind);
  await conductor.settle();
  expect(undone).toEqual(['app3 "was app3"']);
  expect(ledger.open()).toMatchObject([
    { target: { name: "app2" }, error: "no way back for app2" },
    { target: { name: "app1" }, error: null },
  ]);
  expect(await conductor.undoAll()).toEqual([expect.stringContaining("no way back for app2")]);
  broken = false;
  const { undone: healed, failed } = await heal(engine, ledger, [kind]);
  expect(healed).toEqual(["s#1/app2.2: sweep of app2 undone", "s#1/app1: sweep of app1 undone"]);
  expect(failed).toEqual([]);
  expect(await states()).toEqual(["running", "running", "running"]);
});

test("the end of the run is heard with its reason, and waited for; nobody undoes the same meanwhile", async () => {
  const undone: string[] = [];
  const heard: string[] = [];
  const { conductor, told } = conduct(
    staged(async (course, lifecycle, [app1]) => {
      const { lift } = course.guard(app1 as TargetRef, null);
      await lifecycle.stop(app1 as TargetRef, null);
      await course.clock.sleep(60_000, course.signal);
      heard.push(String(course.signal.reason));
      await course.clock.sleep(300);
      await lifecycle.start(app1 as TargetRef);
      lift();
      return "back";
    }, undone),
  );
  await vi.waitFor(() => expect(open()).toHaveLength(1));
  expect(await conductor.undoAll()).toEqual([]);
  expect(heard).toEqual(["the run ended early"]);
  expect(undone).toEqual([]);
  expect(open()).toEqual([]);
  expect(told.map(({ type }) => type)).toContain("applied");
  expect(readCourse(directory)).toMatchObject({ outcome: "rolled-back" });
});

test("it has time for each thing that it has touched", () => {
  expect(longestOf([{ guards: [] }])).toBe(120_000);
  expect(longestOf([{ guards: [1] }, { guards: [1, 2, 3] }])).toBe(360_000);
});

test("it sees replicas, answers and requests, and tells where it is", async () => {
  writeRequest(directory, "pause");
  const seen: Json[] = [];
  const { conductor, told } = conduct(
    staged(async (course, _, [app1]) => {
      seen.push(course.foreseen, course.request());
      writeRequest(directory, "undo");
      seen.push(course.request());
      await vi.waitFor(() => expect(course.replicas()).toHaveLength(4));
      seen.push(course.replicas().map(({ name }) => name));
      seen.push(course.buckets.length, [...(await course.memory()).keys()]);
      course.busy(app1 as TargetRef);
      course.busy(null);
      return null;
    }),
  );
  conductor.seeBucket({ type: "bucket" } as never);
  await conductor.settle();
  const names = ["balancer", "app1", "app2", "app3"];
  expect(seen).toEqual([{ to: "v2" }, null, "undo", names, 1, names]);
  expect(told).toContainEqual({ type: "busy", injection: "s#1", replica: "test/app1" });
  expect(told).toContainEqual({ type: "busy", injection: "s#1", replica: null });
});

test("what it notes is journaled and told to who watches, secrets masked; a request ends with it", async () => {
  const { conductor, records } = conduct(
    staged(async (course) => {
      course.note("began with s3cret", { stage: "started", least: 2 });
      expect(readCourse(directory)).toMatchObject({ endedAt: null, lines: [{}] });
      course.remember({ moves: ["a"] });
      writeRequest(directory, "pause");
      return null;
    }),
  );
  await conductor.settle();
  expect(records.find(({ type }) => type === "note")).toMatchObject({
    step: "s",
    stage: "sweep",
    facts: { text: "began with s3cret", stage: "started", least: 2 },
  });
  const record = readCourse(directory);
  expect(record?.lines.map(({ text }) => text)).toEqual(["began with ***"]);
  expect(record).toMatchObject({ kind: "sweep", run: "r1", pid: world.pid, outcome: "completed" });
  expect(record).toMatchObject({ target: "app", exit: null });
  expect(readWayBack(directory, "sweep")).toEqual({ moves: ["a"] });
  expect(readWayBack(directory, "other")).toBeNull();
  expect(() => readFileSync(join(directory, "course-request"))).toThrow();
});
