import type {
  BucketRecord,
  GapRecord,
  NoteRecord,
  OutageRecord,
  SampleRecord,
} from "../model/journal.ts";
import type { Expect } from "../model/plan.ts";

/** One traffic, ready to be sent: addresses resolved, secrets filled in. Structured-clonable. */
export interface TesterTraffic {
  readonly name: string;
  /** Absolute URL as the server should see it (Host header, SNI). */
  readonly url: string;
  /** Where to connect; null: resolve the URL's host at each connect. */
  readonly connect: { readonly host: string; readonly port: number } | null;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** May hold `${request.id}`, as may header values. */
  readonly body: string | null;
  readonly rate: number;
  readonly timeoutMs: number;
  readonly expect: Expect;
  readonly fresh: number;
  readonly ca: string | null;
  readonly precise: boolean;
  readonly identify: { readonly replica: string | null; readonly version: string | null };
}

export interface TesterOptions {
  readonly traffic: readonly TesterTraffic[];
  /** World clock (µs) of the run's start: every `t` is relative to it. */
  readonly epoch: number;
  /** Prefix of request ids (`<run>-<traffic>-<n>`), and the seed of trace ids. */
  readonly run: string;
  /** Values that must never be printed or journaled. */
  readonly secrets: readonly string[];
  /** Are answers kept apart by who gave them (`BucketRecord.sources`)? Costs CPU and journal. */
  readonly bySource: boolean;
  /** Absolute path of `dist`, where the worker's code is. */
  readonly dist: string;
  readonly onRecord: (record: TesterRecord) => void;
  /** With `--each`: every settled request. Off otherwise (null). */
  readonly onRequest: ((request: SettledRequest) => void) | null;
}

export type TesterRecord = BucketRecord | OutageRecord | GapRecord | SampleRecord | NoteRecord;

export interface SettledRequest {
  readonly traffic: string;
  readonly t: number;
  readonly id: string;
  readonly ok: boolean;
  readonly class: string | null;
  readonly status: number | null;
  readonly tookUs: number;
  readonly replica: string | null;
  readonly version: string | null;
}

/** The tester of one run, in its own thread. It does not know that a fault is on. */
export interface Tester {
  /** Opens connections, then sends by an absolute schedule from now on. Resolves with the µs (relative to epoch) of the first due time. */
  start(): Promise<number>;
  /** No more arrivals; waits for those in flight (each at most its timeout); flushes every record. Idempotent. */
  stop(): Promise<void>;
  /** Kills the thread at once. */
  terminate(): Promise<void>;
}
