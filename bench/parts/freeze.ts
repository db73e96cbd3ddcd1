import { setTimeout as sleep } from "node:timers/promises";
import { startTester } from "../child.ts";
import { quantile } from "../figures.ts";
import { startNginx } from "../nginx.ts";
import type { Bench, Part } from "../part.ts";

const RATE = 1000;
const INTERVAL_US = 1e6 / RATE;
const SECONDS = 7;
const BEFORE_MS = 3000;
const FREEZE_MS = 1000;

/** Is a frozen server told as long as it was? Tools that wait for answers before they send again hide most of it. */
export const freeze: Part = {
  name: "freeze",
  title: `nginx is frozen for 1.0 s under ${RATE.toLocaleString("en")}/s for ${SECONDS} s: against the ideal of the schedule`,
  run: async (bench) => {
    for (let round = 1; round <= bench.options.rounds; round++) {
      bench.tell(`round ${round}`);
      await freezeOnce(bench, round);
    }
  },
};

async function freezeOnce({ directory, figures, keep }: Bench, round: number): Promise<void> {
  const nginx = await startNginx(directory);
  try {
    const job = { port: nginx.port, rate: RATE, precise: false, seconds: SECONDS, stallMs: 0 };
    const { result } = await startTester({ ...job, directory });
    await sleep(BEFORE_MS);
    const { child } = nginx.running;
    child.kill("SIGSTOP");
    const from = nowUs();
    await sleep(FREEZE_MS);
    const until = nowUs();
    child.kill("SIGCONT");
    const told = await result;
    const ideal = idealLatencies(told.start, told.planned, { from, until });
    const { p99, max } = told.latency;
    const wanted = { p99: quantile(ideal, 0.99), max: Math.max(...ideal) };
    const errors = { p99: distance(p99, wanted.p99), max: distance(max, wanted.max) };
    keep({ round, from, until, ideal: wanted, errors, ...told });
    const common = { unit: "%", goal: { op: "<=", limit: 3 }, judged: "median" } as const;
    figures.add({ name: "p99, distance from the ideal", ...common }, errors.p99);
    figures.add({ name: "max, distance from the ideal", ...common }, errors.max);
    const shown = { unit: "ms", goal: null, judged: "median" } as const;
    figures.add({ name: "p99", ...shown }, p99 / 1000);
    figures.add({ name: "p99, ideal", ...shown }, wanted.p99 / 1000);
    figures.add({ name: "max", ...shown }, max / 1000);
    figures.add({ name: "max, ideal", ...shown }, wanted.max / 1000);
    const failed = { unit: "", goal: { op: "==", limit: 0 }, judged: "worst" } as const;
    figures.add({ name: "failed", ...failed }, told.sent - told.ok);
  } finally {
    await nginx.stop();
  }
}

/** A request due during the freeze takes until its end, any other no time (µs). */
function idealLatencies(
  start: number,
  planned: number,
  { from, until }: { readonly from: number; readonly until: number },
): number[] {
  return Array.from({ length: planned }, (_, n) => {
    const due = start + n * INTERVAL_US;
    return due >= from && due < until ? until - due : 0;
  });
}

/** In percent. */
function distance(told: number, ideal: number): number {
  return Math.abs(told / ideal - 1) * 100;
}

function nowUs(): number {
  return Number(process.hrtime.bigint()) / 1000;
}
