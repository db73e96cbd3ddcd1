import { AegisError, EXIT_CODES } from "../kit/errors.ts";
import {
  type CourseRecord,
  type CourseRequest,
  readCourse,
  writeRequest,
} from "../state/course-record.ts";
import { readLock } from "../state/lock.ts";
import type { Host } from "./host.ts";

const POLL_MS = 200;

/** Is a rollout of this project being played now? */
export function isUnderWay(directory: string): boolean {
  return stateOf(directory, readCourse(directory)) === "under way";
}

/** Prints what is known of the last rollout. */
export function showCourse(host: Host, directory: string): void {
  const course = readCourse(directory);
  if (course === null) {
    host.stdout.line("no rollout of this project is known");
    return;
  }
  for (const { at, text } of course.lines) host.stdout.line(`${at.slice(11, 19)}  ${text}`);
  host.stdout.line(`rollout of ${course.startedAt}: ${stateOf(directory, course)}`);
}

/** Prints each line as it comes; ends with the rollout, and with its exit code. */
export async function watchCourse(host: Host, directory: string): Promise<void> {
  if (!isUnderWay(directory)) throw nothingUnderWay();
  const interrupt = host.takeSignals(() => EXIT_CODES.INTERRUPTED);
  for (let told = 0; !interrupt.aborted; ) {
    const course = readCourse(directory);
    for (const { at, text } of course?.lines.slice(told) ?? []) {
      host.stdout.line(`${at.slice(11, 19)}  ${text}`);
    }
    told = course?.lines.length ?? told;
    const state = stateOf(directory, course);
    if (state !== "under way") {
      host.stdout.line(`the rollout is over: ${state}`);
      return host.setExitCode(exitOf(course));
    }
    await host.world.clock.sleep(POLL_MS, interrupt);
  }
}

/** Asks the rollout that is under way; null takes back what was asked. Throws INVALID_INPUT when none is. */
export function askCourse(host: Host, directory: string, request: CourseRequest | null): void {
  if (!isUnderWay(directory)) throw nothingUnderWay();
  writeRequest(directory, request);
  const said = {
    pause: "it waits before its next replica; go on with: aegis rollout --resume",
    undo: "everything is taken back; follow it with: aegis rollout --watch",
  };
  host.stdout.line(request === null ? "it goes on" : said[request]);
}

function stateOf(directory: string, course: CourseRecord | null): string {
  if (course === null) return "not known";
  if (course.endedAt !== null) return course.outcome ?? "failed: aegis heal undoes what is left";
  const lock = readLock(directory);
  const isAlive = lock?.alive === true && lock.holder.identity.pid === course.pid;
  return isAlive ? "under way" : "killed half-way: aegis heal undoes it";
}

function exitOf(course: CourseRecord | null): number {
  switch (course?.outcome) {
    case "completed":
      return 0;
    case "rolled-back":
      return 1;
    case "undecided":
      return EXIT_CODES.INCONCLUSIVE;
    default:
      return EXIT_CODES.HARM_LEFT;
  }
}

function nothingUnderWay(): AegisError {
  return new AegisError("INVALID_INPUT", "no rollout of this project is under way", {
    hint: "see how the last one ended: aegis rollout --status",
  });
}
