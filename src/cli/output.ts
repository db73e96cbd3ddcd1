import { fstatSync, writeSync } from "node:fs";
import type { Output } from "./host.ts";

/** Of `process.stdout` and its like, what an output needs. */
type Stream = Pick<NodeJS.WriteStream, "write" | "columns"> & {
  readonly isTTY?: boolean;
  /** Absent: it writes to no file of ours. */
  readonly fd?: number;
  on(event: "error", hear: (error: NodeJS.ErrnoException) => void): unknown;
};

/** What commands print on. `lost` is told once when something could not be written although somebody wants to read it. */
export function createOutput(
  stream: Stream,
  env: Record<string, string | undefined>,
  lost: (error: Error) => void,
): Output {
  const gone = new AbortController();
  const fail = (error: NodeJS.ErrnoException): void => {
    if (gone.signal.aborted) return;
    gone.abort();
    if (!isReaderGone(stream, error)) lost(error);
  };
  stream.on("error", fail);
  const file = fileOf(stream);
  const write = (text: string): void => {
    if (gone.signal.aborted) return;
    if (file === null) stream.write(text);
    else writeWhole(file, text, fail);
  };
  return {
    line: (text) => write(`${text}\n`),
    raw: write,
    isTerminal: stream.isTTY === true,
    get width() {
      return stream.columns || Number(env["COLUMNS"]) || 80;
    },
    color: wantsColor(stream, env),
    closed: gone.signal,
  };
}

/** A pipe that was closed, or a terminal that was hung up: nobody is there to miss anything. */
function isReaderGone({ isTTY }: Stream, { code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE" || code === "ECONNRESET" || (isTTY === true && code === "EIO");
}

/** The number of a regular file; null: it is something else. */
function fileOf({ fd }: Stream): number | null {
  return fd !== undefined && fstatSync(fd).isFile() ? fd : null;
}

/** Node takes a write for done of which a disk that got full has taken only a part. */
function writeWhole(file: number, text: string, fail: (error: Error) => void): void {
  try {
    let rest = Buffer.from(text);
    while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
  } catch (thrown) {
    fail(thrown as Error);
  }
}

/** https://no-color.org and the usual FORCE_COLOR. */
function wantsColor({ isTTY }: Stream, env: Record<string, string | undefined>): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"] && env["FORCE_COLOR"] !== "0") return true;
  return isTTY === true && env["TERM"] !== "dumb";
}
