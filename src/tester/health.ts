import type { NoteRecord } from "../model/journal.ts";
import type { TesterTraffic } from "./contract.ts";
import type { Recorder } from "./recorder.ts";

export interface Health {
  /** End of the traffic, µs since the run's start. */
  readonly at: number;
  readonly traffic: TesterTraffic;
  /** Arrivals due until the end. */
  readonly planned: number;
  readonly recorder: Recorder;
  /** µs from the first send to the last. */
  readonly sendingFor: number;
  readonly connections: {
    /** Kept-alive ones: opened, attempts that failed, and the most at a time. */
    readonly opened: number;
    readonly failed: number;
    readonly most: number;
    /** Attempts for fresh ones. */
    readonly fresh: number;
  };
  /** Samples and single requests that the main thread was too slow to take, of all traffics. */
  readonly lost: number;
}

/**
 * How well the tester itself did for one traffic, stage `tester`, facts of `kind: "summary"`. `rate` is what was really
 * sent per second, `rateError` its relative distance from what was asked (0.001 is 0.1 %); lateness in µs.
 */
export function testerNote(health: Health): NoteRecord {
  const { recorder, traffic, planned, sendingFor } = health;
  const arrivals = recorder.sent + recorder.dropped;
  const rate = sendingFor > 0 ? ((arrivals - 1) / sendingFor) * 1e6 : null;
  const { lateness } = recorder;
  const at = (quantile: number) =>
    lateness.total === 0 ? null : Math.round(lateness.quantile(quantile));
  return {
    type: "note",
    t: health.at,
    step: null,
    stage: "tester",
    facts: {
      kind: "summary",
      traffic: traffic.name,
      planned,
      sent: recorder.sent,
      dropped: recorder.dropped,
      wanted: traffic.rate,
      rate,
      rateError: rate === null ? null : rate / traffic.rate - 1,
      lateness: { p50: at(0.5), p99: at(0.99), max: Math.round(lateness.max) },
      maxBurst: recorder.maxBurst,
      connections: { ...health.connections },
      lost: health.lost,
    },
  };
}

/** The tester's own loop stood still for longer than a timeout: what it measured then is not the target's. */
export function stallNote(from: number, to: number): NoteRecord {
  return {
    type: "note",
    t: Math.floor(to),
    step: null,
    stage: "tester",
    facts: { kind: "stall", from: Math.floor(from), to: Math.floor(to) },
  };
}
