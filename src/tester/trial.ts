import { Histogram } from "../kit/histogram.ts";
import type { Json } from "../kit/world.ts";
import type {
  BucketRecord,
  GapRecord,
  NoteRecord,
  OutageRecord,
  SampleRecord,
} from "../model/journal.ts";
import { nowUs } from "./clock.ts";
import type { SettledRequest, TesterRecord, TesterTraffic } from "./contract.ts";
import type { Mutant } from "./messages.ts";
import { createTester } from "./tester.ts";

/** A tester that has been stopped, with all it wrote. Times in µs since `epoch`. */
export interface Trial {
  readonly epoch: number;
  /** First due time. */
  readonly start: number;
  /** The schedule ended between these two. */
  readonly stoppedAfter: number;
  readonly stoppedBefore: number;
  readonly records: readonly TesterRecord[];
  readonly requests: readonly SettledRequest[];
}

/** A GET of `/` on a local port, 500 per second, with the given changes. */
export function localTraffic(port: number, changes: Partial<TesterTraffic> = {}): TesterTraffic {
  return {
    name: "main",
    url: `http://127.0.0.1:${port}/`,
    connect: null,
    method: "GET",
    headers: {},
    body: null,
    rate: 500,
    timeoutMs: 2000,
    expect: { status: [{ from: 200, to: 399 }], body: null },
    fresh: 0,
    ca: null,
    precise: false,
    identify: { replica: null, version: null },
    ...changes,
  };
}

/** Runs a tester while `play` lasts, and keeps everything that it wrote. */
export async function trial(options: {
  readonly dist: string;
  readonly traffic: readonly TesterTraffic[];
  readonly mutant?: Mutant | null;
  readonly secrets?: readonly string[];
  readonly bySource?: boolean;
  /** `start`: the first due time, µs on the world's clock. */
  readonly play: (start: number) => Promise<void>;
}): Promise<Trial> {
  const epoch = Math.floor(nowUs());
  const records: TesterRecord[] = [];
  const requests: SettledRequest[] = [];
  const tester = createTester(
    {
      traffic: options.traffic,
      epoch,
      run: "trial",
      secrets: options.secrets ?? [],
      bySource: options.bySource ?? false,
      dist: options.dist,
      onRecord: (record) => records.push(record),
      onRequest: (request) => requests.push(request),
    },
    options.mutant ?? null,
  );
  try {
    const start = await tester.start();
    await options.play(epoch + start);
    const stoppedAfter = nowUs() - epoch;
    await tester.stop();
    return { epoch, start, stoppedAfter, stoppedBefore: nowUs() - epoch, records, requests };
  } finally {
    await tester.terminate();
  }
}

interface RecordTypes {
  bucket: BucketRecord;
  outage: OutageRecord;
  gap: GapRecord;
  sample: SampleRecord;
  note: NoteRecord;
}

/** The records of one type, in the order in which they were written. */
export function ofType<T extends keyof RecordTypes>(
  { records }: Pick<Trial, "records">,
  type: T,
): RecordTypes[T][] {
  return records.filter((record) => record.type === type) as RecordTypes[T][];
}

/** What the tester says of itself at the end, of each traffic. */
export function summariesOf(trial: Pick<Trial, "records">): NoteRecord["facts"][] {
  const facts = ofType(trial, "note").map((note) => note.facts);
  return facts.filter((one) => (one as { readonly kind?: Json }).kind === "summary");
}

/** Latencies or lateness of all buckets in one histogram (µs). */
export function merged(trial: Pick<Trial, "records">, what: "latency" | "lateness"): Histogram {
  const histogram = new Histogram();
  for (const bucket of ofType(trial, "bucket")) histogram.merge(bucket[what]);
  return histogram;
}
