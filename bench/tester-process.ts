import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mainTraffic, measuringPlan } from "../src/cli/generated-plan.ts";
import { createHost } from "../src/cli/host.ts";
import { Histogram } from "../src/kit/histogram.ts";
import { type BucketRecord, JOURNAL_VERSION, type JournalHeader } from "../src/model/journal.ts";
import { createJournal } from "../src/state/journal.ts";
import type { TesterRecord } from "../src/tester/contract.ts";
import { createTester } from "../src/tester/tester.ts";

/** What the tester's process is to do. */
export interface TesterJob {
  readonly port: number;
  /** Per second. */
  readonly rate: number;
  readonly precise: boolean;
  readonly seconds: number;
  /** The main thread is kept busy for so long every 200 ms; 0: never. */
  readonly stallMs: number;
  /** A journal is written to this directory, as in a run. */
  readonly directory: string;
}

/** What the tester said, and what it cost. Latency and lateness in µs, other times on the machine's monotonic clock (µs). */
export interface TesterResult {
  /** Due time of the first request. */
  readonly start: number;
  readonly sent: number;
  readonly ok: number;
  readonly dropped: number;
  /** Arrivals of the schedule. */
  readonly planned: number;
  /** Relative distance of the rate that was sent from the one asked for. */
  readonly rateError: number;
  readonly lateness: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
  /** From the first failure of all to the last success that ended one. */
  readonly outage: { readonly from: number; readonly until: number } | null;
  /** User and system time of the whole process, main thread and journal included, from the first request to the last record. */
  readonly cpuSeconds: number;
  /** The same from the start of the process: with loading, compiling and the rehearsal. */
  readonly cpuSecondsWhole: number;
  readonly peakBytes: number;
}

const STALL_EVERY_MS = 200;

/**
 * The entry of the process that is measured: a tester, and a journal, and nothing else. Prints the due time of the
 * first request as one line, and the result as another.
 */
export async function runTesterProcess(job: TesterJob): Promise<void> {
  const { world } = createHost();
  const { clock } = world;
  const url = `http://127.0.0.1:${job.port}/`;
  const plan = mainTraffic({ url, rate: job.rate, timeoutMs: 2000, precise: job.precise });
  const epoch = clock.now();
  const journal = createJournal(join(job.directory, `journal-${world.pid}.ndjson`), {
    journal: JOURNAL_VERSION,
    aegis: "bench",
    run: "bench",
    startedAt: clock.wall().toISOString(),
    engine: "none",
    vantage: "host",
    project: "bench",
    plan: measuringPlan(world, { name: "bench", traffic: plan, ms: job.seconds * 1000 }),
    services: {},
    identify: { replica: false, version: false },
  } satisfies JournalHeader);
  const records: TesterRecord[] = [];
  const tester = createTester({
    traffic: [{ ...plan, connect: null, identify: { replica: null, version: null } }],
    epoch,
    run: "bench",
    secrets: [],
    bySource: false,
    dist: join(world.packageRoot, "dist"),
    onRecord: (record) => {
      journal.write(record);
      records.push(record);
    },
    onRequest: null,
  });
  const start = await tester.start();
  const before = cpuSeconds();
  print({ start: epoch + start });
  await busyFor(job);
  await tester.stop();
  await journal.close();
  const cpuSecondsWhole = cpuSeconds();
  print({
    ...resultOf(records, epoch),
    start: epoch + start,
    cpuSeconds: cpuSecondsWhole - before,
    cpuSecondsWhole,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  } satisfies TesterResult);
}

/** Lasts as long as the traffic, with the stalls that were asked for. */
async function busyFor({ seconds, stallMs }: TesterJob): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (stallMs > 0 && performance.now() < end) {
    const free = performance.now() + stallMs;
    while (performance.now() < free);
    await sleep(STALL_EVERY_MS - stallMs);
  }
  await sleep(Math.max(0, end - performance.now()));
}

function resultOf(records: readonly TesterRecord[], epoch: number) {
  const lateness = new Histogram();
  const latency = new Histogram();
  const totals = { sent: 0, ok: 0, dropped: 0 };
  for (const bucket of records.filter((record) => record.type === "bucket")) {
    lateness.merge(bucket.lateness);
    latency.merge(bucket.latency);
    for (const name of ["sent", "ok", "dropped"] as const) totals[name] += bucket[name];
  }
  const facts = records.flatMap((record) => (record.type === "note" ? [record.facts] : []));
  const summary = facts.find((one) => (one as { readonly kind?: string }).kind === "summary") as {
    readonly planned: number;
    readonly rateError: number;
  };
  const outages = records.filter((record) => record.type === "outage");
  const [first, last] = [outages[0], outages.at(-1)];
  const { planned, rateError } = summary;
  return {
    ...totals,
    planned,
    rateError,
    lateness: spread(lateness),
    latency: { ...spread(latency), max: slowest(records) },
    outage: first && last ? { from: first.t + epoch, until: last.until + epoch } : null,
  };
}

/** The exact slowest success: histograms know their values within 0.4 % only. */
function slowest(records: readonly TesterRecord[]): number {
  const buckets = records.filter((record): record is BucketRecord => record.type === "bucket");
  return Math.max(0, ...buckets.map(({ max }) => max));
}

function spread(histogram: Histogram) {
  return {
    p50: histogram.quantile(0.5),
    p99: histogram.quantile(0.99),
    max: histogram.max,
  };
}

function cpuSeconds(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e6;
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
