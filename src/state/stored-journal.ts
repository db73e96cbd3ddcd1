import { createReadStream } from "node:fs";
import { AegisError, messageOf } from "../kit/errors.ts";
import { JOURNAL_VERSION, type JournalHeader, type JournalRecord } from "../model/journal.ts";

/** A journal read back. */
export interface StoredJournal {
  readonly header: JournalHeader;
  /** In the order of the file. */
  readonly records: readonly JournalRecord[];
  /** The last line was cut off: its writer was killed, or the disk was full. */
  readonly torn: boolean;
  /** Lines left out: of a type that this version does not know, or damaged. */
  readonly skipped: number;
}

const TYPES: Record<JournalRecord["type"], true> = {
  run: true,
  phase: true,
  step: true,
  injection: true,
  engine: true,
  bucket: true,
  outage: true,
  gap: true,
  sample: true,
  note: true,
};

/**
 * Reads a journal, also one cut short, line by line: a file may be larger than a string can be. Throws INVALID_INPUT when
 * it is no journal, or one of a later major version.
 */
export async function readJournal(path: string): Promise<StoredJournal> {
  let header: JournalHeader | null = null;
  const records: JournalRecord[] = [];
  let skipped = 0;
  let torn = false;
  for await (const { text, ended } of linesOf(path)) {
    const value = parse(text);
    if (header === null) {
      header = asHeader(value, path, ended);
    } else if (isRecord(value)) {
      records.push(value);
    } else if (ended || value !== undefined) {
      skipped += 1;
    } else {
      torn = true;
    }
  }
  if (header === null) throw noJournal(path, "it is empty");
  return { header, records, torn, skipped };
}

interface Line {
  readonly text: string;
  /** False for a last line without its newline. */
  readonly ended: boolean;
}

/** By "\n" alone: node:readline also splits at U+2028, which JSON leaves unescaped in texts. */
async function* linesOf(path: string): AsyncGenerator<Line> {
  let rest = "";
  try {
    for await (const chunk of createReadStream(path, {
      encoding: "utf8",
      highWaterMark: 1 << 18,
    })) {
      const parts = (chunk as string).split("\n");
      parts[0] = rest + parts[0];
      rest = parts.pop() as string;
      for (const text of parts) yield { text, ended: true };
    }
  } catch (error) {
    if (error instanceof AegisError) throw error;
    throw new AegisError("INVALID_INPUT", `cannot read the journal ${path}: ${messageOf(error)}`, {
      hint: "give a run directory, its journal.ndjson, or `latest`",
      cause: error,
    });
  }
  if (rest !== "") yield { text: rest, ended: false };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is JournalRecord {
  const record = value as Partial<JournalRecord> | null | undefined;
  return (
    typeof record?.type === "string" &&
    Object.hasOwn(TYPES, record.type) &&
    typeof record.t === "number"
  );
}

function asHeader(value: unknown, path: string, ended: boolean): JournalHeader {
  const version = (value as Partial<JournalHeader> | null | undefined)?.journal as unknown;
  if (typeof version !== "number") {
    throw noJournal(
      path,
      ended ? "its first line has no `journal` version" : "it was cut short in its first line",
    );
  }
  if (Math.floor(version) > JOURNAL_VERSION) {
    throw new AegisError(
      "INVALID_INPUT",
      `${path} has journal version ${version}; this aegis reads up to ${JOURNAL_VERSION}`,
      { hint: "read it with the aegis that wrote it, or a later one" },
    );
  }
  return value as JournalHeader;
}

function noJournal(path: string, reason: string): AegisError {
  return new AegisError("INVALID_INPUT", `${path} is not the journal of a run: ${reason}`, {
    hint: "give a run directory, its journal.ndjson, or `latest`",
  });
}
