import { Histogram, type SparseHistogram } from "../../../kit/histogram.ts";
import type { MemoryWatch, Reading } from "../growth.ts";
import { GATE_RULES } from "../rules.ts";
import type { Sample } from "../sample.ts";
import type { Weighing } from "../weighing.ts";

/** Chance that is the same each time: mulberry32, 0 to 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Answers to be drawn: latencies are log-normal about a median (µs). */
export interface Shape {
  readonly answers: number;
  readonly errors: number;
  readonly median: number;
  readonly sigma: number;
}

export const USUAL: Shape = { answers: 300, errors: 0, median: 10_000, sigma: 0.5 };

export function drawn(chance: () => number, shape: Partial<Shape>, ...names: string[]): Sample {
  const { answers, errors, median, sigma } = { ...USUAL, ...shape };
  let failed = 0;
  for (let i = 0; i < answers; i++) if (chance() < errors) failed += 1;
  const values = Array.from({ length: answers - failed }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
    return median * Math.exp(sigma * normal);
  });
  return { names, ok: answers - failed, failed, latency: histogramOf(values) };
}

/** Exactly these answers: `failed` failed ones, and one good one for each latency (µs). */
export function exactly(latencies: readonly number[], failed: number, ...names: string[]): Sample {
  return { names, ok: latencies.length, failed, latency: histogramOf(latencies) };
}

/** So many of the same. */
export function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

export function weighing(change: Partial<Weighing>): Weighing {
  const newcomer = exactly(times(300, 10_000), 0, "app1");
  const others = exactly(times(600, 10_000), 0, "app2", "app3");
  return { newcomer, others, unclaimed: 0, memory: null, rules: GATE_RULES, ...change };
}

/** Readings twice a second, in MiB. */
export function readings(...mebibytes: readonly number[]): Reading[] {
  return mebibytes.map((size, i) => ({ t: i * 500_000, bytes: size * 2 ** 20 }));
}

/** The newcomer beside one peer, `app2`. */
export function memory(newcomer: readonly Reading[], peer: readonly Reading[]): MemoryWatch {
  return { newcomer, peers: [{ name: "app2", readings: peer }] };
}

function histogramOf(values: readonly number[]): SparseHistogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram.toSparse();
}
