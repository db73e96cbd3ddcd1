import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { AegisError, messageOf } from "../kit/errors.ts";
import {
  type EntryRef,
  foldLedger,
  foldLine,
  type LedgerContent,
  type LedgerEntry,
  type LedgerLine,
  type OpenEntry,
} from "./ledger-lines.ts";
import { errnoOf, syncDirectory } from "./whole-file.ts";

export type { EntryRef, LedgerEntry, OpenEntry } from "./ledger-lines.ts";

const NAME = "ledger.ndjson";

/**
 * The write-ahead list of harm not yet undone, one per project. Every call is on disk (fsync) when it returns, so the
 * order is: prepare, then harm; undo, then reverted. Its writer holds the project's lock.
 */
export interface Ledger {
  /** Throws ENVIRONMENT when it could not be made durable: then the harm must not be done. */
  prepare(entry: LedgerEntry): void;
  /** All of them, or none: whoever is killed meanwhile leaves no part of them. Throws as `prepare` does. */
  prepareTogether(entries: readonly LedgerEntry[]): void;
  /** It has taken effect. Never throws: see `failure`. */
  applied(entry: EntryRef): void;
  /** It is undone. Never throws; undoing once more is harmless, undoing not at all is not. */
  reverted(entry: EntryRef): void;
  /** Nothing of them is to be undone any more: whoever is killed meanwhile leaves all of them or none. Never throws. */
  revertedTogether(entries: readonly EntryRef[]): void;
  /** Undoing it failed: it stays open, with the error and one more attempt. Never throws. */
  revertFailed(entry: EntryRef, error: string): void;
  /** What is not undone, the newest first: the order to undo it in. */
  open(): readonly OpenEntry[];
  /** Lines found unreadable when it was opened, for people: what they stood for is not known. */
  readonly damage: readonly string[];
  /** The first write after an apply that did not get through; what it said is in memory only. */
  readonly failure: Error | null;
  /** Idempotent. */
  close(): void;
}

/** Opens (makes) the ledger in a project's directory, with what a dead run has left. Throws ENVIRONMENT. */
export function openLedger(directory: string): Ledger {
  const path = join(directory, NAME);
  try {
    const isNew = !existsSync(path);
    const file = openSync(path, isNew ? "wx+" : "r+", 0o600);
    if (isNew) syncDirectory(directory);
    return new FileLedger(path, file, foldLedger(readFileSync(path)));
  } catch (error) {
    throw unusable(path, error);
  }
}

/** What is open, without taking part: for status, and for warnings. Nothing when there is no ledger. */
export function readLedger(directory: string): {
  readonly open: readonly OpenEntry[];
  readonly damage: readonly string[];
} {
  const path = join(directory, NAME);
  try {
    const { entries, damage } = foldLedger(readFileSync(path));
    return { open: [...entries.values()].reverse(), damage };
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return { open: [], damage: [] };
    throw unusable(path, error);
  }
}

class FileLedger implements Ledger {
  readonly damage: readonly string[];
  readonly #path: string;
  /** null: closed. */
  #file: number | null;
  readonly #entries: Map<string, OpenEntry>;
  /** Bytes of whole lines. The next one is written here, over what a write that failed half-way has left. */
  #length: number;
  #failure: Error | null = null;

  constructor(path: string, file: number, { entries, damage, wholeBytes }: LedgerContent) {
    this.#path = path;
    this.#file = file;
    this.#entries = entries;
    this.#length = wholeBytes;
    this.damage = damage;
    ftruncateSync(file, wholeBytes);
  }

  get failure(): Error | null {
    return this.#failure;
  }

  prepare(entry: LedgerEntry): void {
    this.prepareTogether([entry]);
  }

  prepareTogether(entries: readonly LedgerEntry[]): void {
    const [first, ...also] = entries;
    if (first === undefined) return;
    const line: LedgerLine = { op: "prepared", ...first, ...(also.length > 0 && { also }) };
    try {
      this.#append(line);
    } catch (error) {
      throw unusable(this.#path, error);
    }
    foldLine(this.#entries, line);
  }

  applied({ run, id }: EntryRef): void {
    this.#note({ op: "applied", run, id });
  }

  reverted({ run, id }: EntryRef): void {
    this.#note({ op: "reverted", run, id });
  }

  revertedTogether(entries: readonly EntryRef[]): void {
    const [first, ...others] = entries;
    if (first === undefined) return;
    const { run, id } = first;
    this.#note({ op: "reverted", run, id, also: others.map((other) => other.id) });
  }

  revertFailed({ run, id }: EntryRef, error: string): void {
    this.#note({ op: "failed", run, id, error });
  }

  open(): readonly OpenEntry[] {
    return [...this.#entries.values()].reverse();
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  /** The number of a closed file may be another file's by now. */
  get #handle(): number {
    if (this.#file === null) throw new Error(`${this.#path} is closed`);
    return this.#file;
  }

  #note(line: LedgerLine): void {
    foldLine(this.#entries, line);
    try {
      // Emptying needs no space: on a full disk it gets through where a last line would not.
      if (this.#entries.size === 0) this.#clear();
      else this.#append(line);
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  #append(line: LedgerLine): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#handle, bytes, done, bytes.length - done, this.#length + done);
    }
    fsyncSync(this.#handle);
    this.#length += bytes.length;
  }

  #clear(): void {
    this.#length = 0;
    ftruncateSync(this.#handle, 0);
    fsyncSync(this.#handle);
  }
}

function unusable(path: string, error: unknown): AegisError {
  return new AegisError("ENVIRONMENT", `cannot use the ledger ${path}: ${messageOf(error)}`, {
    hint: "nothing is harmed without it: free space there, or set AEGIS_HOME to a directory that you can write to",
    cause: error,
  });
}
