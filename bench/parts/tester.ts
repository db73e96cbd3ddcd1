import { startTester } from "../child.ts";
import type { FigureSpec, Goal } from "../figures.ts";
import { busyMark, busySince, usageOf } from "../machine.ts";
import { type Nginx, startNginx } from "../nginx.ts";
import { compareOthers } from "../others.ts";
import type { Bench, Part } from "../part.ts";
import type { TesterResult } from "../tester-process.ts";

const RATES = [1000, 5000, 10_000, 20_000];
const SECONDS = 10;

/** The tester alone, on one core, against an nginx that answers at once, on another. */
export const tester: Part = {
  name: "tester",
  title: "the tester at constant rates for 10 s, one core, against an nginx on another",
  run: async (bench) => {
    const { rounds, quick } = bench.options;
    const nginx = await startNginx(bench.directory);
    const seconds = quick ? 1.5 : SECONDS;
    try {
      for (let round = 1; round <= rounds; round++) {
        for (const rate of quick ? [1000, 20_000] : RATES) {
          for (const precise of [false, true]) {
            bench.tell(`round ${round}: ${nameOf(rate, precise)}`);
            await measure(bench, nginx, { round, rate, precise, seconds });
          }
        }
        await compareOthers(bench, nginx, { round, seconds, rate: 20_000 });
      }
    } finally {
      await nginx.stop();
    }
  },
};

interface Setting {
  readonly round: number;
  readonly rate: number;
  readonly precise: boolean;
  readonly seconds: number;
}

async function measure(bench: Bench, nginx: Nginx, setting: Setting): Promise<void> {
  const { rate, precise, seconds } = setting;
  const busy = busyMark();
  const served = usageOf(nginx.running.pid)?.cpuSeconds ?? Number.NaN;
  const began = performance.now();
  const run = await startTester({
    port: nginx.port,
    rate,
    precise,
    seconds,
    stallMs: 0,
    directory: bench.directory,
  });
  const result = await run.result;
  const wall = (performance.now() - began) / 1000;
  const nginxCpu = (usageOf(nginx.running.pid)?.cpuSeconds ?? Number.NaN) - served;
  const ours = (result.cpuSecondsWhole + nginxCpu) / wall;
  const othersBusyCores = busySince(busy) - ours;
  bench.keep({ ...setting, ...result, nginxCpu, othersBusyCores });
  addFigures(bench, setting, result);
  const others = { name: "cores kept busy by others, all rounds", unit: "", goal: null } as const;
  bench.figures.add({ ...others, judged: "median" }, othersBusyCores);
}

function addFigures(
  { figures }: Bench,
  { rate, precise }: Setting,
  { sent, dropped, rateError, lateness, latency, cpuSeconds, peakBytes, ok }: TesterResult,
): void {
  const who = nameOf(rate, precise);
  const [p50, p99] = latenessGoals(rate, precise);
  const add = (name: string, unit: string, goal: Goal | null, value: number): void =>
    figures.add({ name: `${who}: ${name}`, unit, goal, judged: "median" }, value);
  const never = { goal: { op: "==", limit: 0 }, judged: "worst", unit: "" } as const;
  add("rate error", "%", { op: "<=", limit: 0.1 }, Math.abs(rateError) * 100);
  figures.add({ name: `${who}: dropped`, ...never } satisfies FigureSpec, dropped);
  figures.add({ name: `${who}: failed`, ...never } satisfies FigureSpec, sent - ok);
  add("lateness p50", "ms", { op: "<=", limit: p50 }, lateness.p50 / 1000);
  add("lateness p99", "ms", { op: "<=", limit: p99 }, lateness.p99 / 1000);
  add("CPU per 100k requests", "s", cpuGoal(rate, precise), (cpuSeconds / sent) * 1e5);
  add("peak memory", "MB", { op: "<=", limit: 150 }, peakBytes / 1e6);
  add("latency p50", "ms", null, latency.p50 / 1000);
  add("latency p99", "ms", null, latency.p99 / 1000);
}

function nameOf(rate: number, precise: boolean): string {
  return `${rate.toLocaleString("en")}/s${precise ? " precise" : ""}`;
}

/** ms. */
function latenessGoals(rate: number, precise: boolean): readonly [number, number] {
  if (!precise) return [0.7, 2];
  return rate > 5000 ? [0.3, 0.7] : [0.15, 0.5];
}

/**
 * Per request: where there are enough of them for the cost of a timer each millisecond to be shared. Precise mode buys
 * its punctuality with CPU.
 */
function cpuGoal(rate: number, precise: boolean): Goal | null {
  return rate === 20_000 && !precise ? { op: "<=", limit: 1.8 } : null;
}
