import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { LogLine } from "../engine.ts";
import { bestEffort } from "./best-effort.ts";

type Stream = LogLine["stream"];

const KEPT_BYTES_PER_FILE = 1024 * 1024;
const LONGEST_LINE = 16 * 1024;
const MARKS: Readonly<Record<Stream, string>> = { stdout: "1", stderr: "2" };

/** What one replica printed: two files of at most 1 MiB each, the older one with `.1`; each line marked by its stream (1 or 2). */
export interface CapturedLog {
  /** Takes in everything the stream says until it ends. */
  capture(stream: Stream, source: Readable): void;
  /** A line of our own in it. */
  note(text: string): void;
  /** The last lines; null: all that is kept. */
  read(tail: number | null): LogLine[];
  /** Forgets all. */
  drop(): void;
}

/** Opens the log of a replica, going on where a former one ended. `onLine` is told every line as it comes. */
export function openCapturedLog(
  path: string,
  replica: string,
  onLine: (line: LogLine) => void,
  keptBytesPerFile = KEPT_BYTES_PER_FILE,
): CapturedLog {
  const older = `${path}.1`;
  let size = 0;
  let fd: number | null = null;

  const open = (): number => {
    fd = openSync(path, "a", 0o600);
    size = fstatSync(fd).size;
    return fd;
  };
  const close = (): void => {
    if (fd !== null) closeSync(fd);
    fd = null;
  };
  const write = (bytes: Buffer): void => {
    if (size + bytes.length > keptBytesPerFile && size > 0) {
      close();
      renameSync(path, older);
    }
    writeSync(fd ?? open(), bytes);
    size += bytes.length;
  };
  const append = (stream: Stream, lines: readonly string[]): void => {
    if (lines.length === 0) return;
    const text = lines.map((line) => `${MARKS[stream]}${line}\n`).join("");
    bestEffort(() => write(Buffer.from(text)));
    for (const line of lines) onLine({ replica, stream, text: line });
  };
  return {
    capture: (stream, source) => splitLines(source, (lines) => append(stream, lines)),
    note: (text) => append("stderr", [text]),
    read: (tail) => {
      const lines = [older, path].flatMap((file) => readLines(file, replica));
      return tail === null ? lines : lines.slice(Math.max(0, lines.length - tail));
    },
    drop: () => {
      close();
      for (const file of [older, path]) bestEffort(() => rmSync(file, { force: true }));
    },
  };
}

/** Overlong lines are cut into several. */
function splitLines(source: Readable, onLines: (lines: readonly string[]) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string, last: boolean): void => {
    const parts = (rest + text).split("\n");
    const begun = cut(parts.pop() as string);
    rest = last ? "" : (begun.pop() as string);
    if (begun.at(-1) !== "") parts.push(...begun);
    onLines(parts.flatMap(cut));
  };
  source.on("data", (chunk: Buffer) => take(decoder.write(chunk), false));
  source.once("end", () => take(decoder.end(), true));
  source.on("error", () => undefined);
}

function cut(line: string): string[] {
  if (line.length <= LONGEST_LINE) return [line];
  const pieces: string[] = [];
  for (let start = 0; start < line.length; start += LONGEST_LINE) {
    pieces.push(line.slice(start, start + LONGEST_LINE));
  }
  return pieces;
}

function readLines(path: string, replica: string): LogLine[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  lines.pop();
  return lines.map((line) => ({
    replica,
    stream: line.startsWith(MARKS.stderr) ? "stderr" : "stdout",
    text: line.slice(1),
  }));
}
