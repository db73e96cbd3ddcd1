import { expect } from "vitest";
import type { Report } from "./played-scenarios.ts";

interface Window {
  readonly name: string;
  readonly failed: number;
  readonly latencyMs: { readonly p99: number };
}

/** What a rollout told on its way. */
interface Stage {
  readonly atMs: number;
  readonly facts: {
    readonly stage: string;
    readonly outcome?: string;
    readonly exitCode?: number;
    /** At the gate: the answers of the new replica while it was compared. */
    readonly newcomer?: { readonly ok: number; readonly failed: number };
  };
}

/** What is looked at in the JSON report of a run with a rollout. */
export interface RolloutReport extends Report {
  readonly traffic: readonly {
    readonly rate: number;
    readonly windows: readonly Window[];
    readonly answers: readonly {
      readonly by: "replica" | "version";
      readonly name: string;
      readonly answers: number;
    }[];
  }[];
  readonly steps: readonly {
    readonly id: string;
    /** Of a step without stages: none. */
    readonly stages?: readonly Stage[];
    readonly injections: readonly { readonly target: { readonly name: string } | null }[];
  }[];
}

/** What is told of this stage, replica by replica. */
export function stagesOf({ steps }: RolloutReport, stage: string): readonly Stage[] {
  return steps.flatMap(({ stages = [] }) => stages.filter(({ facts }) => facts.stage === stage));
}

/** Each replica that was moved for good has left by itself, with exit 0; returns how many there were. */
export function expectOldLeft(report: RolloutReport): number {
  const left = stagesOf(report, "drained");
  for (const { facts } of left) {
    expect(facts, report.summary).toMatchObject({ outcome: "drained", exitCode: 0 });
  }
  const moved = stagesOf(report, "accepted").length;
  expect(left.length, report.summary).toBeGreaterThanOrEqual(moved);
  return left.length;
}

/** In the bundled rolling update all three old ones leave by themselves, and never fewer than `ready` can answer. */
export function expectRollingUpdate(reports: readonly Report[], ready: number): void {
  const report = reports.find(({ file }) => file.endsWith("rolling-update.yaml"));
  expect(expectOldLeft(report as RolloutReport)).toBe(3);
  const least = report?.findings.find(({ assertion }) => assertion === "app.ready >= 2 throughout");
  expect(least?.value).toBe(ready);
}

/** How long the application goes on to answer when it is told to leave (DRAIN_MS), and a moment to tell it. */
const LEAVES_MS = 2000 + 500;
/** One of so many answers: a surge has one more. */
const REPLICAS = 3;

/**
 * How many requests a bad release may fail: those in flight (by Little's law: what arrives per second, times how long 99 of
 * 100 answers take at most), and the share that failed at its gate, of the answers that were counted there and of those that it
 * gave beside: before it was compared, and while it left. Of the latter no more count than its part of what arrives in the time
 * that these may take, so that a release that is left to serve for longer breaks the bound, as one that takes requests with it
 * does. One that never came to a gate has no share: it may fail what was in flight.
 */
export function boundOf(report: RolloutReport): {
  readonly failed: number;
  readonly bound: number;
  readonly text: string;
} {
  const chaos = report.traffic.flatMap(({ rate, windows }) =>
    windows.filter(({ name }) => name === "chaos").map((window) => ({ rate, ...window })),
  );
  const failed = sum(chaos.map((window) => window.failed));
  const inFlight = Math.ceil(
    sum(chaos.map(({ rate, latencyMs }) => (rate * latencyMs.p99) / 1000)),
  );
  const gate = stagesOf(report, "gate")[0]?.facts.newcomer;
  const measured = gate === undefined ? 0 : gate.ok + gate.failed;
  const share = gate === undefined || measured === 0 ? 0 : gate.failed / measured;
  const [started = 0, served = started] = ["started", "served"].map(
    (stage) => stagesOf(report, stage)[0]?.atMs,
  );
  const besideMs = served - started + LEAVES_MS;
  const rate = sum(chaos.map((traffic) => traffic.rate));
  const most = Math.ceil((rate / REPLICAS) * (besideMs / 1000));
  const beside = gate === undefined ? 0 : Math.min(answersOfNew(report) - measured, most);
  const bound = inFlight + share * (measured + beside);
  const text = `${failed} failed, at most ${bound.toFixed(1)} may: ${inFlight} in flight + ${(100 * share).toFixed(1)}% of ${measured} requests at the gate and of ${beside} before and after it (at most ${most} in ${(besideMs / 1000).toFixed(1)}s)`;
  return { failed, bound, text };
}

/** Whatever version it is that is not the one before. */
function answersOfNew({ traffic }: RolloutReport): number {
  const given = traffic.flatMap(({ answers }) => answers.filter(({ by }) => by === "version"));
  return sum(given.filter(({ name }) => name !== "v1").map(({ answers }) => answers));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
