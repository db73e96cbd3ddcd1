import type { SourcePath, YamlSource } from "../kit/source.ts";
import { formatDuration } from "../kit/units.ts";
import type { AssertionTest, MeasureTest, Window } from "../model/assertion.ts";
import type { AssertContext } from "./assertions.ts";
import { windowLength } from "./timing.ts";

/** Whether what a measure needs (a baseline, samples) can be there at all. */
export function checkMeasurable(
  context: AssertContext,
  place: { readonly source: YamlSource; readonly path: SourcePath },
  test: AssertionTest,
): void {
  if (test.about !== "measure") return;
  const { problems, phases } = context;
  if (usesBaseline(test) && phases.baselineMs === 0) {
    const message = "there is no baseline to compare with: phases.baseline is 0s";
    problems.add({ ...place, message, hint: "write phases: { baseline: 5s }" });
    return;
  }
  if (test.measure.name !== "latency") return;
  const { quantile } = test.measure;
  const baseline = { kind: "phase", phase: "baseline" } as const;
  for (const window of [test.window, ...(usesBaseline(test) ? [baseline] : [])]) {
    const ms = sureLength(context, window);
    const short = ms === null ? undefined : tooFew(context, test, ms, quantile);
    if (short === undefined) continue;
    const where = window === baseline ? " in the baseline" : "";
    problems.add({ ...place, message: `${short.message}${where}`, hint: short.hint });
    return;
  }
}

/** What the edges of a phase may cost: requests are counted in whole buckets of 100 ms. */
const EDGES_MS = 200;
const QUANTILES = [0.999, 0.99, 0.95, 0.9, 0.5];

/** How long requests of the window are surely counted; null when that depends on what happens. */
function sureLength({ timing, phases }: AssertContext, window: Window): number | null {
  const length = timing === null ? null : windowLength(window, phases, timing);
  return length === null || window.kind === "during" ? length : length - EDGES_MS;
}

/** The first traffic that sends fewer than 10/(1-q) requests in that time: the tail of such a percentile is chance. */
function tooFew(
  { traffic }: AssertContext,
  test: MeasureTest,
  ms: number,
  quantile: number,
): { readonly message: string; readonly hint: string } | undefined {
  if (quantile >= 1) return undefined;
  const needed = samplesFor(quantile);
  for (const { name, rate } of traffic) {
    const samples = Math.max(0, Math.floor((rate * ms) / 1000 + 1e-6));
    if ((test.traffic !== null && test.traffic !== name) || samples >= needed) continue;
    const fitting = QUANTILES.find((each) => samples >= samplesFor(each));
    const other = fitting === undefined ? "" : `use p${Number((fitting * 100).toFixed(1))}, `;
    const perSecond = Math.ceil((needed * 1000) / Math.max(ms, 1));
    return {
      message: `p${Number((quantile * 100).toFixed(1))} needs ${needed} requests, ${name} sends ${samples} in ${formatDuration(ms)}`,
      hint: `${other}a rate of ${perSecond}/s, or a longer window`,
    };
  }
  return undefined;
}

function samplesFor(quantile: number): number {
  return Math.ceil(10 / (1 - quantile) - 1e-6);
}

/** Is it held against its own baseline? */
export function usesBaseline({ limits }: MeasureTest): boolean {
  return limits.some(({ kind }) => kind === "baseline");
}
