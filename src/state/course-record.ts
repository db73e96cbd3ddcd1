import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Json, World } from "../kit/world.ts";
import { errnoOf, writeWhole } from "./whole-file.ts";

/** What is known of the last step with stages (a rollout) of a project, while it is under way and afterwards. JSON. */
export interface CourseRecord {
  readonly kind: string;
  /** The service or the replica that it is aimed at; null: it names none. */
  readonly target: string | null;
  /** The run whose journal has it all. */
  readonly run: string;
  /** Of the process that plays it. */
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** null: under way, or its process was killed. */
  readonly endedAt: string | null;
  /** One of the kind's outcomes; null until it has ended, and when it failed. */
  readonly outcome: string | null;
  /** With which exit code its run has ended; null: that is still being played or judged, or was killed. */
  readonly exit: number | null;
  readonly lines: readonly { readonly at: string; readonly text: string }[];
}

/** What can be asked of a step that is under way, from another terminal. */
export type CourseRequest = "pause" | "undo";

const RECORD = "course.json";
const WAY_BACK = "way-back.json";
const REQUEST = "course-request";
const REQUESTS: readonly string[] = ["pause", "undo"] satisfies CourseRequest[];

/** The record in a project's directory; null when there is none or it cannot be read. */
export function readCourse(directory: string): CourseRecord | null {
  return readJson(join(directory, RECORD)) as CourseRecord | null;
}

/** Writes the record, whole or not at all. Throws what the file system throws. */
export function writeCourse(directory: string, record: CourseRecord, world: World): void {
  write(directory, RECORD, record, world);
}

/** Notes how a run has ended, if it is the one of the record. What the file system refuses must not hide a verdict: the record then has none. */
export function noteExit(directory: string, run: string, exit: number, world: World): void {
  try {
    const record = readCourse(directory);
    if (record?.run === run) writeCourse(directory, { ...record, exit }, world);
  } catch {
    // Who watches hears that there was no verdict.
  }
}

/** What the last completed step of a kind left for a way back; null: there was none. */
export function readWayBack(directory: string, kind: string): Json {
  const all = readJson(join(directory, WAY_BACK)) as Record<string, Json> | null;
  return all?.[kind] ?? null;
}

/** Keeps it, in place of what was kept before. Throws what the file system throws. */
export function writeWayBack(directory: string, kind: string, wayBack: Json, world: World): void {
  const all = (readJson(join(directory, WAY_BACK)) ?? {}) as Record<string, Json>;
  write(directory, WAY_BACK, { ...all, [kind]: wayBack }, world);
}

/** Does what is kept for a way back, of any kind, name this? An id is not part of anything else. */
export function isOnWayBack(directory: string, id: string): boolean {
  return JSON.stringify(readJson(join(directory, WAY_BACK))).includes(id);
}

/** Of a project of which nothing is left: there is no way back. Throws what the file system throws. */
export function forgetWayBack(directory: string): void {
  rmSync(join(directory, WAY_BACK), { force: true });
}

/** What somebody has asked for; null: nothing. */
export function readRequest(directory: string): CourseRequest | null {
  try {
    const text = readFileSync(join(directory, REQUEST), "utf8").trim();
    return REQUESTS.includes(text) ? (text as CourseRequest) : null;
  } catch {
    return null;
  }
}

/** Asks for it; null: takes back what was asked for. */
export function writeRequest(directory: string, request: CourseRequest | null): void {
  const path = join(directory, REQUEST);
  if (request === null) rmSync(path, { force: true });
  else writeFileSync(path, `${request}\n`, { mode: 0o600 });
}

function write(directory: string, name: string, value: object, world: World): void {
  const draft = join(directory, `${name}.${world.pid}-${world.drawId()}`);
  writeWhole(join(directory, name), draft, `${JSON.stringify(value)}\n`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || error instanceof SyntaxError) return null;
    throw error;
  }
}
