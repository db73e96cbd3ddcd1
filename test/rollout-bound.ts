import type { Report } from "./played-scenarios.ts";

interface Window {
  readonly name: string;
  readonly failed: number;
  readonly latencyMs: { readonly p99: number };
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
    readonly stages: readonly {
      readonly facts: {
        readonly stage: string;
        readonly newcomer?: { readonly ok: number; readonly failed: number };
      };
    }[];
  }[];
}

/**
 * How many requests a bad release may fail: those in flight (by Little's law: what arrives per second, times how long 99 of
 * 100 answers take at most), and of the answers that it gave the share that was measured at the gate; none where it never
 * came to one. Whatever fails beyond that, the way to it or the way back has failed.
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
  const stages = report.steps.flatMap((step) => step.stages);
  const gate = stages.find(({ facts }) => facts.stage === "gate")?.facts.newcomer;
  const measured = gate === undefined ? 0 : gate.ok + gate.failed;
  const share = gate === undefined || measured === 0 ? 0 : gate.failed / measured;
  const answers = sum(
    report.traffic.flatMap((traffic) =>
      traffic.answers.flatMap(({ by, name, answers: count }) =>
        by === "version" && name !== "v1" ? [count] : [],
      ),
    ),
  );
  const bound = inFlight + share * answers;
  const percent = (100 * share).toFixed(1);
  const text = `${failed} failed, at most ${bound.toFixed(1)} may: ${inFlight} in flight + ${percent}% (measured over ${measured} requests at the gate) of ${answers} answers`;
  return { failed, bound, text };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
