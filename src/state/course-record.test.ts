import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CourseRecord, noteExit, readCourse, writeCourse } from "./course-record.ts";

const world = { pid: 7, drawId: () => "1d" } as Parameters<typeof writeCourse>[2];
const RECORD: CourseRecord = {
  kind: "rollout",
  target: "app",
  run: "r1",
  pid: 7,
  startedAt: "2026-01-02T03:04:05.000Z",
  endedAt: "2026-01-02T03:05:05.000Z",
  outcome: "completed",
  exit: null,
  lines: [],
};
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "aegis-course-record-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("how a run has ended is noted of its own course, and of no other", () => {
  writeCourse(directory, RECORD, world);
  noteExit(directory, "r2", 1, world);
  expect(readCourse(directory)).toEqual(RECORD);
  noteExit(directory, "r1", 1, world);
  expect(readCourse(directory)).toEqual({ ...RECORD, exit: 1 });
});

test("a run without a course, and a disk that takes nothing, keep nobody from a verdict", () => {
  noteExit(directory, "r1", 1, world);
  expect(readCourse(directory)).toBeNull();
  noteExit(join(directory, "gone"), "r1", 1, world);
});
