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
  const { course, isPlayed } = look(directory);
  return isPlayed && course?.endedAt === null;
}

/**
 * The rollout that is under way. Throws INVALID_INPUT when there is none, or when it is aimed at something else than the
 * `target` that was named: nobody takes back what he has not meant.
 */
export function courseUnderWay(directory: string, target: string | undefined): CourseRecord {
  const { course, isPlayed } = look(directory);
  if (!isPlayed || course === null || course.endedAt !== null) throw nothingUnderWay();
  if (target !== undefined && course.target !== null && target !== course.target) {
    throw otherUnderWay(course.target, target);
  }
  return course;
}

/** Prints what is known of the last rollout. */
export function showCourse(host: Host, directory: string): void {
  const { course, isPlayed } = look(directory);
  if (course === null) {
    host.stdout.line("no rollout of this project is known");
    return;
  }
  for (const line of course.lines) host.stdout.line(lineOf(line));
  const of = course.target === null ? "" : ` of ${course.target}`;
  host.stdout.line(`rollout${of} (${course.startedAt}): ${stateOf(course, isPlayed)}`);
}

/** Prints each line as it comes; ends with the run that plays the rollout, and with its exit code. */
export async function watchCourse(
  host: Host,
  directory: string,
  target: string | undefined,
): Promise<void> {
  let known = courseUnderWay(directory, target);
  const interrupt = host.takeSignals(() => EXIT_CODES.INTERRUPTED);
  for (let told = 0; !interrupt.aborted; ) {
    const { course, isPlayed } = look(directory);
    const isSame = course?.run === known.run;
    if (isSame) {
      if (course.startedAt !== known.startedAt) told = 0;
      for (const line of course.lines.slice(told)) host.stdout.line(lineOf(line));
      told = course.lines.length;
      known = course;
    }
    if (!isSame || !isPlayed || known.exit !== null) return sayOver(host, known);
    await host.world.clock.sleep(POLL_MS, interrupt);
  }
  const isCtrlC = interrupt.reason === "SIGINT";
  host.setExitCode(isCtrlC ? EXIT_CODES.INTERRUPTED : EXIT_CODES.TERMINATED);
}

/** Asks the rollout that is under way; null takes back what was asked. Throws INVALID_INPUT as `courseUnderWay` does. */
export function askCourse(
  host: Host,
  directory: string,
  target: string | undefined,
  request: CourseRequest | null,
): void {
  courseUnderWay(directory, target);
  writeRequest(directory, request);
  const said = {
    pause: "it waits before its next replica; go on with: aegis rollout --resume",
    undo: "everything is taken back; follow it with: aegis rollout --watch",
  };
  host.stdout.line(request === null ? "it goes on" : said[request]);
}

/** What is on record, and whether the process that plays it is still at it. */
function look(directory: string): {
  readonly course: CourseRecord | null;
  readonly isPlayed: boolean;
} {
  // The lock first: who has let go of it by then has written all that there will be.
  const lock = readLock(directory);
  const course = readCourse(directory);
  const isPlayed = lock?.alive === true && lock.holder.identity.pid === course?.pid;
  return { course, isPlayed };
}

function lineOf({ at, text }: CourseRecord["lines"][number]): string {
  return `${at.slice(11, 19)}  ${text}`;
}

function sayOver(host: Host, course: CourseRecord): void {
  host.stdout.line(`the rollout is over: ${stateOf(course, false)}`);
  host.setExitCode(exitOf(course));
}

function stateOf(course: CourseRecord, isPlayed: boolean): string {
  const { endedAt, outcome, exit } = course;
  if (endedAt === null) return isPlayed ? "under way" : "killed half-way: aegis heal undoes it";
  const ended = outcome ?? "failed: aegis heal undoes what is left";
  if (exit === null)
    return isPlayed ? ended : `${ended}, and its run was killed before its verdict`;
  return exit === usualExit(outcome) ? ended : `${ended}; its run ended with exit code ${exit}`;
}

/** What a run was not there to say of itself is no success. */
function exitOf({ exit, outcome }: CourseRecord): number {
  return exit ?? (usualExit(outcome) || EXIT_CODES.INCONCLUSIVE);
}

/** Of a run about which there is nothing else to say. */
function usualExit(outcome: string | null): number {
  switch (outcome) {
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

function otherUnderWay(current: string, named: string): AegisError {
  return new AegisError(
    "INVALID_INPUT",
    `the rollout that is under way is of ${current}, not of ${named}: it was left alone`,
    { hint: `if that is the one you mean, name ${current}, or nothing` },
  );
}
