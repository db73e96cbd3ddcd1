import { EXIT_CODES } from "../../src/kit/errors.ts";
import type { BucketRecord, JournalRecord } from "../../src/model/journal.ts";
import { AegisUser } from "../aegis.ts";
import type { Bench, Part } from "../part.ts";

const CRASHES = 300;
const CRASHES_ON_DOCKER = 100;
/**
 * Per stack. A restart policy doubles its delay with each death after a short life, as Docker's does: hundreds of crashes
 * of the same three replicas would wait a minute each. A new stack begins at 100 ms again.
 */
const PER_STACK = 10;
const RATE = 500;
const ATTEMPTS = 5;

/** Do random crashes of replicas cost the users of the bundled stack a single request? */
export const crashes: Part = {
  name: "crashes",
  title: titleOf(CRASHES, "replicas"),
  run: (bench) => crashAll(bench, CRASHES, ON_PROCESSES),
};

/** The same in containers, behind nginx. */
export const dockerCrashes: Part = {
  name: "docker-crashes",
  title: titleOf(CRASHES_ON_DOCKER, "containers"),
  run: (bench) => crashAll(bench, CRASHES_ON_DOCKER, ON_DOCKER),
};

/** On which engine, and how its balancer tells what it has sent a second time so far. */
interface Ground {
  readonly flags: readonly string[];
  retries(user: AegisUser): Promise<number>;
}

const ON_PROCESSES: Ground = { flags: [], retries: retriesInMetrics };
const ON_DOCKER: Ground = {
  flags: ["--engine", "docker", "--project", "aegis-bench"],
  retries: retriesInLog,
};

function titleOf(times: number, what: string): string {
  return `${times} random crashes of ${what} of the bundled stack under ${RATE} GET/s, ${PER_STACK} per stack`;
}

async function crashAll(bench: Bench, times: number, ground: Ground): Promise<void> {
  const all = bench.options.quick ? 6 : times;
  const perStack = Math.min(all, PER_STACK);
  const totals = { sent: 0, failed: 0, died: 0, proven: 0, retries: 0, slowestMs: 0 };
  const pids = new Set<string>();
  for (let n = 1; n <= Math.ceil(all / perStack); n++) {
    const seen = await crashSteadyStack(bench, n, perStack, ground);
    bench.tell(`stack ${n}: ${seen.died} crashes, ${seen.failed} of ${seen.sent} failed`);
    for (const name of ["sent", "failed", "died", "proven", "retries"] as const) {
      totals[name] += seen[name];
    }
    totals.slowestMs = Math.max(totals.slowestMs, seen.slowestMs);
    for (const pid of seen.pids) pids.add(pid);
  }
  addFigures(bench, all, { ...totals, pids: pids.size });
}

/** A machine too busy for a steady baseline has harmed nothing: a new stack, not a result. */
async function crashSteadyStack(bench: Bench, n: number, times: number, ground: Ground) {
  for (let attempt = 1; ; attempt++) {
    const seen = await crashStack(bench, n, times, ground);
    if (seen.exit !== EXIT_CODES.NOT_STEADY) return seen;
    bench.tell(`stack ${n} was not steady before the first crash: ${seen.failed} failed`);
    if (attempt === ATTEMPTS) throw new Error(`no steady state in ${ATTEMPTS} attempts`);
  }
}

async function crashStack(bench: Bench, n: number, times: number, { flags, retries }: Ground) {
  const user = new AegisUser(bench.packageRoot, bench.directory, flags);
  const scenario = user.write("crashes.yaml", scenarioOf(n, times));
  try {
    await user.succeed("up");
    const before = await retries(user);
    const { code, stdout, stderr } = await user.run("chaos", "run", scenario);
    const records = user.journal();
    if (records.length === 0) throw new Error(`aegis ended with ${code}: ${stderr}`);
    const seen = { ...read(records), retries: (await retries(user)) - before, exit: code };
    bench.keep({ stack: n, ...seen, report: stdout });
    return seen;
  } finally {
    await user.leave();
  }
}

function scenarioOf(seed: number, times: number): string {
  return `version: 1
name: random crashes
seed: ${seed}
traffic:
  main: { url: http://balancer/, rate: ${RATE}/s, timeout: 1s, fresh: 10% }
phases: { warmup: 1s, baseline: 1s, recovery: 1s }
limits: { down: 1, time: 5m }
steps:
  - id: storm
    do: crash
    target: { service: app, pick: 1, only: ready }
    repeat: { every: 700ms, times: ${times} }
assert:
  - main.failed == 0
  - recovery of every step <= 30s
`;
}

function read(records: readonly JournalRecord[]) {
  const baseline = records.find((record) => record.type === "phase" && record.phase === "baseline");
  const from = baseline?.t ?? 0;
  const buckets = records.filter(
    (record): record is BucketRecord => record.type === "bucket" && record.t >= from,
  );
  const sum = (of: (bucket: BucketRecord) => number): number =>
    buckets.reduce((total, bucket) => total + of(bucket), 0);
  const deaths = records.flatMap((record) =>
    record.type === "engine" && record.event.type === "died" && record.event.signal === "SIGKILL"
      ? [record.event]
      : [],
  );
  const proven = records.filter(
    (record) => record.type === "injection" && record.stage === "proven",
  );
  return {
    sent: sum(({ sent }) => sent),
    failed: sum(({ sent, ok }) => sent - ok),
    dropped: sum(({ dropped }) => dropped),
    slowestMs: Math.max(0, ...buckets.map(({ max }) => max)) / 1000,
    died: deaths.length,
    proven: proven.length,
    pids: deaths.map(({ instance }) => String(instance)),
    samples: records.filter(({ type }) => type === "sample"),
  };
}

interface Totals {
  readonly sent: number;
  readonly failed: number;
  readonly died: number;
  readonly proven: number;
  readonly pids: number;
  readonly retries: number;
  readonly slowestMs: number;
}

function addFigures({ figures }: Bench, all: number, totals: Totals): void {
  const exactly = (limit: number) =>
    ({ unit: "", goal: { op: "==", limit }, judged: "worst" }) as const;
  const shown = { unit: "", goal: null, judged: "worst" } as const;
  figures.add({ name: "failed requests", ...exactly(0) }, totals.failed);
  figures.add({ name: "requests", ...shown }, totals.sent);
  figures.add({ name: "died events of the engine", ...exactly(all) }, totals.died);
  figures.add({ name: "crashes proven", ...exactly(all) }, totals.proven);
  figures.add({ name: "distinct pids that died", ...exactly(all) }, totals.pids);
  figures.add({ name: "retries of the balancer", ...shown }, totals.retries);
  figures.add({ name: "slowest request", ...shown, unit: "ms" }, totals.slowestMs);
}

async function retriesInMetrics(user: AegisUser): Promise<number> {
  const { url } = await user.status();
  const text = await (await fetch(`${url}-/metrics`)).text();
  const value = /^\S*upstream_retries_total(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1];
  if (value === undefined) throw new Error(`the balancer's metrics tell no retries:\n${text}`);
  return Number(value);
}

/** nginx logs a line for each request that it has sent a second time. */
async function retriesInLog(user: AegisUser): Promise<number> {
  const { stdout } = await user.succeed("logs", "balancer");
  return [...stdout.matchAll(/\bretried /g)].length;
}
