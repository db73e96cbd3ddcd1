import { StringDecoder } from "node:string_decoder";
import type { LogLine } from "../engine.ts";
import { frameReader } from "./helper/frames.ts";

type Stream = LogLine["stream"];

/** Takes the chunks of a container's log, which carries timestamps, and tells its lines. */
export interface LogReader {
  read(chunk: Buffer): void;
  /** The last line may have had no end. */
  end(): void;
  /** Timestamp of the last entry; null: none yet. */
  readonly last: string | null;
}

const LONGEST_LINE = 16 * 1024;

/** Entries up to and including the timestamp `after` are passed over. A terminal's log is not multiplexed: all of it is stdout. */
export function logReader(
  isTty: boolean,
  after: string | null,
  onLine: (stream: Stream, text: string) => void,
): LogReader {
  const state = { last: after };
  const lines = { stdout: lineReader(onLine, "stdout"), stderr: lineReader(onLine, "stderr") };
  const takeEntry = (stream: Stream, entry: Buffer): void => {
    const space = entry.indexOf(" ");
    const stamp = entry.subarray(0, Math.max(0, space)).toString("latin1");
    if (after !== null && stamp <= after) return;
    state.last = stamp;
    lines[stream].read(entry.subarray(space + 1));
  };
  const frames = frameReader(takeEntry);
  const entries = entryReader((entry) => takeEntry("stdout", entry));
  return {
    read: isTty ? entries.read : frames,
    end: () => {
      entries.end();
      lines.stdout.end();
      lines.stderr.end();
    },
    get last() {
      return state.last;
    },
  };
}

/** Without frames, every line is an entry. */
function entryReader(onEntry: (entry: Buffer) => void) {
  let rest: Buffer = Buffer.alloc(0);
  return {
    read: (chunk: Buffer): void => {
      rest = Buffer.concat([rest, chunk]);
      for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
        onEntry(rest.subarray(0, at + 1));
        rest = rest.subarray(at + 1);
      }
    },
    end: (): void => {
      if (rest.length > 0) onEntry(rest);
      rest = Buffer.alloc(0);
    },
  };
}

/** Overlong lines are cut into several. */
function lineReader(onLine: (stream: Stream, text: string) => void, stream: Stream) {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const tell = (line: string): void => onLine(stream, line.replace(/\r$/, ""));
  return {
    read: (content: Buffer): void => {
      const parts = (rest + decoder.write(content)).split("\n");
      rest = parts.pop() as string;
      for (const part of parts) tell(part);
      for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) {
        tell(rest.slice(0, LONGEST_LINE));
      }
    },
    end: (): void => {
      if (rest !== "") tell(rest);
      rest = "";
    },
  };
}
