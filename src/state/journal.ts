import { createWriteStream, openSync, type WriteStream, writeFileSync } from "node:fs";
import { AegisError, messageOf } from "../kit/errors.ts";
import type { JournalHeader, JournalRecord } from "../model/journal.ts";
import { type Listener, Subscription } from "./subscription.ts";

export { readJournal } from "./stored-journal.ts";

/** What may wait for a disk that does not follow; more is a failure of the journal, not of our memory. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/** The append-only record of one run, being written. */
export interface Journal {
  readonly path: string;
  /** Hands a record to the stream; never throws, never waits. After a failure nothing more is written. */
  write(record: JournalRecord): void;
  /** Flushes, syncs and closes. Idempotent, never rejects: ask `failure`. */
  close(): Promise<void>;
  /** Why the file is not the whole run (disk full, IO error): the run is inconclusive. */
  readonly failure: Error | null;
  /**
   * Every later record, each once and in order, soon but never inside `write`. Who is slow loses the oldest beyond
   * `capacity` and is told how many; who throws is dropped. Returns how to end it.
   */
  subscribe(listener: Listener, capacity?: number): () => void;
}

/** Makes the file (it must not exist) and writes the header, at once: a run without one could not be judged. Throws ENVIRONMENT when that is refused. */
export function createJournal(path: string, header: JournalHeader): Journal {
  try {
    const fd = openSync(path, "wx", 0o644);
    writeFileSync(fd, `${JSON.stringify(header)}\n`);
    return new FileJournal(path, createWriteStream(path, { fd, flush: true }));
  } catch (error) {
    throw new AegisError("ENVIRONMENT", `cannot write the journal ${path}: ${messageOf(error)}`, {
      hint: "give a directory that you can write to with --out DIR",
      cause: error,
    });
  }
}

class FileJournal implements Journal {
  readonly path: string;
  readonly #stream: WriteStream;
  readonly #closed: Promise<void>;
  readonly #subscriptions = new Set<Subscription>();
  #failure: Error | null = null;

  constructor(path: string, stream: WriteStream) {
    this.path = path;
    this.#stream = stream;
    stream.on("error", (error) => this.#fail(error));
    this.#closed = new Promise((resolve) => stream.once("close", () => resolve()));
  }

  get failure(): Error | null {
    return this.#failure;
  }

  write(record: JournalRecord): void {
    this.#put(record);
    for (const subscription of this.#subscriptions) subscription.push(record);
  }

  close(): Promise<void> {
    this.#stream.end();
    return this.#closed;
  }

  subscribe(listener: Listener, capacity = 4096): () => void {
    const subscription = new Subscription(listener, capacity);
    this.#subscriptions.add(subscription);
    return () => {
      subscription.end();
      this.#subscriptions.delete(subscription);
    };
  }

  #put(value: JournalRecord): void {
    if (this.#failure !== null || this.#stream.writableEnded) return;
    try {
      this.#stream.write(`${JSON.stringify(value)}\n`);
    } catch (error) {
      this.#fail(error as Error);
    }
    if (this.#stream.writableLength > MAX_BACKLOG_BYTES) {
      this.#fail(new Error(`the disk does not follow: ${this.#stream.writableLength} bytes wait`));
      this.#stream.destroy();
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
  }
}
