import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CourseRecord, readRequest, writeCourse } from "../state/course-record.ts";
import { acquireLock, type Lock } from "../state/lock.ts";
import { createHost } from "./host.ts";
import { askCourse, isUnderWay, showCourse, watchCourse } from "./rollout-course.ts";
import { fakeHost } from "./testing/fake-host.ts";

const { world } = createHost();
const at = "2026-01-02T03:04:05.000Z";
const UNDER_WAY: CourseRecord = {
  kind: "rollout",
  target: "web",
  run: "r1",
  pid: world.pid,
  startedAt: at,
  endedAt: null,
  outcome: null,
  exit: null,
  lines: [{ at, text: "begun" }],
};
let directory: string;
let lock: Lock;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "aegis-watch-"));
  lock = await acquireLock(directory, world, "aegis rollout");
  record({});
});

afterEach(() => {
  lock.release();
  rmSync(directory, { recursive: true, force: true });
});

function record(changes: Partial<CourseRecord>): void {
  writeCourse(directory, { ...UNDER_WAY, ...changes }, world);
}

/** What somebody saw who watched while these happened one after the other. */
async function watched(...events: (() => void)[]) {
  const left = [...events];
  const host = fakeHost({
    sleep: () => {
      const next = left.shift();
      if (next === undefined) throw new Error("it is watched on, and nothing happens any more");
      next();
    },
  });
  await watchCourse(host, directory, undefined);
  return { exit: host.exitCode, last: host.out.at(-1), out: host.out, left: left.length };
}

const ended = (outcome: string | null, exit: number | null) => () =>
  record({ endedAt: at, outcome, exit });
const killed = () => lock.release();

test.each([
  ["completed", 0, "the rollout is over: completed"],
  ["completed", 1, "the rollout is over: completed; its run ended with exit code 1"],
  ["completed", 3, "the rollout is over: completed; its run ended with exit code 3"],
  ["rolled-back", 1, "the rollout is over: rolled-back"],
  ["rolled-back", 130, "the rollout is over: rolled-back; its run ended with exit code 130"],
  ["undecided", 3, "the rollout is over: undecided"],
  [null, 5, "the rollout is over: failed: aegis heal undoes what is left"],
])(
  "%s, in a run that ends with %s: who watches ends when it does, with its exit code",
  async (outcome, exit, says) => {
    const seen = await watched(ended(outcome, null), () => {}, ended(outcome, exit));
    expect(seen).toMatchObject({ exit, last: says, left: 0 });
  },
);

test("the exit code of a run is heard although its process is gone by then", async () => {
  const both = () => {
    ended("completed", 3)();
    killed();
  };
  expect(await watched(both)).toMatchObject({ exit: 3 });
});

test.each([
  ["completed", 3],
  ["rolled-back", 1],
  [null, 5],
])("%s, and killed before its run was judged: no success", async (outcome, exit) => {
  const seen = await watched(ended(outcome, null), killed);
  expect(seen.exit).toBe(exit);
  expect(seen.last).toContain("and its run was killed before its verdict");
});

test("killed half-way", async () => {
  const seen = await watched(killed);
  expect(seen).toMatchObject({ exit: 5, last: expect.stringContaining("killed half-way") });
});

test("of a run with two of them both are followed, and nobody else's", async () => {
  const later = { startedAt: "2026-01-02T03:05:00.000Z", lines: [{ at, text: "second" }] };
  const seen = await watched(
    ended("completed", null),
    () => record(later),
    () => record({ ...later, endedAt: at, outcome: "completed", exit: 1 }),
  );
  expect(seen.out.slice(0, 2)).toEqual(["03:04:05  begun", "03:04:05  second"]);
  expect(seen).toMatchObject({ exit: 1 });
});

test("another run that has begun meanwhile says nothing of the one that was watched", async () => {
  const other = () => record({ run: "r2", lines: [{ at, text: "other" }] });
  expect(await watched(ended("completed", null), other)).toMatchObject({ exit: 3 });
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
])("who stops watching by %s has heard no verdict", async (signal, exit) => {
  const host = fakeHost();
  host.signals.abort(signal);
  await watchCourse(host, directory, "web");
  expect(host.exitCode).toBe(exit);
});

const OTHER = {
  code: "INVALID_INPUT",
  message: "the rollout that is under way is of web, not of db: it was left alone",
};

test.each(["undo", "pause", null] as const)(
  "%s is asked of the one that is meant, or of nobody",
  (request) => {
    const host = fakeHost();
    expect(() => askCourse(host, directory, "db", request)).toThrow(expect.objectContaining(OTHER));
    expect(readRequest(directory)).toBeNull();
    for (const target of ["web", undefined]) {
      askCourse(host, directory, target, request);
      expect(readRequest(directory)).toBe(request);
    }
  },
);

test("another one than was named is not watched", async () => {
  const host = fakeHost({ sleep: () => expect.unreachable("it is watched") });
  await expect(watchCourse(host, directory, "db")).rejects.toMatchObject(OTHER);
});

test("the status says whose rollout it is", () => {
  const host = fakeHost();
  showCourse(host, directory);
  expect(host.out).toEqual(["03:04:05  begun", `rollout of web (${at}): under way`]);
});

test("one that is over, or whose process is gone, is not under way", () => {
  expect(isUnderWay(directory)).toBe(true);
  ended("completed", null)();
  expect(isUnderWay(directory)).toBe(false);
  record({});
  killed();
  expect(isUnderWay(directory)).toBe(false);
  expect(() => askCourse(fakeHost(), directory, "web", "undo")).toThrow(
    "no rollout of this project is under way",
  );
});
