import type {
  InjectionRecord,
  JournalRecord,
  PhaseRecord,
  StepRecord,
} from "../../model/journal.ts";
import type { Timeline } from "../../model/timeline.ts";
import type { Verdict, VerdictWord } from "../../model/verdict.ts";
import { foldTimeline } from "../../verdict/timeline.ts";
import { exampleHeader } from "./plan.ts";
import {
  exampleBuckets,
  exampleGaps,
  exampleOutages,
  exampleSamples,
  type Trouble,
} from "./traffic.ts";
import { exampleVerdict } from "./verdict.ts";

/** An invented run of 42 s for tests of reports: five crashes, then a freeze; one skipped step. */
export interface ExampleRun {
  readonly records: readonly JournalRecord[];
  readonly timeline: Timeline;
  readonly verdict: Verdict;
}

const S = 1_000_000;
const END = 42 * S;

/** `pass`: nobody noticed. `fail`: two crashes and the freeze did harm. `inconclusive`: the freeze is not proven and the tester dropped. */
export function exampleRun(word: VerdictWord): ExampleRun {
  const run = made.get(word) ?? makeRun(word);
  made.set(word, run);
  return run;
}

const made = new Map<VerdictWord, ExampleRun>();

function makeRun(word: VerdictWord): ExampleRun {
  const troubles = word === "fail" ? TROUBLES : [];
  const dropped = word === "inconclusive" ? 37 : 0;
  const records: JournalRecord[] = [
    ...phases(),
    ...crashes(word === "fail"),
    ...freeze(word !== "inconclusive"),
    stepAt(12 * S, "probe", "skipped", "this engine cannot exec: no shell in the replicas"),
    ...exampleBuckets({ name: "main", rate: 200, fresh: 0.1, end: END, troubles, dropped }),
    ...exampleBuckets({ name: "orders", rate: 20, fresh: 0, end: END, troubles, dropped: 0 }),
    ...exampleOutages(troubles),
    ...exampleGaps(troubles),
    ...exampleSamples(troubles),
    { type: "run", t: END, stage: "ended", reason: "complete", detail: "", signal: null },
  ];
  return {
    records: [...records].sort((a, b) => writtenAt(a) - writtenAt(b)),
    timeline: foldTimeline(exampleHeader, records),
    verdict: exampleVerdict(word),
  };
}

/** An outage is known when it is over. */
function writtenAt(record: JournalRecord): number {
  return record.type === "outage" ? record.until : record.t;
}

const TROUBLES: readonly Trouble[] = [
  { traffic: "main", from: 14.1 * S, to: 14.3 * S, share: 0.1, class: "reset", delay: 2000 },
  { traffic: "main", from: 18.2 * S, to: 18.3 * S, share: 0.05, class: "reset", delay: 900 },
  { traffic: "main", from: 24.6 * S, to: 25.8 * S, share: 1, class: "timeout", delay: 0 },
  { traffic: "main", from: 25.8 * S, to: 28.4 * S, share: 0.34, class: "timeout", delay: 240_000 },
  { traffic: "orders", from: 24.6 * S, to: 25.8 * S, share: 1, class: "timeout", delay: 0 },
];

function phases(): PhaseRecord[] {
  const start = (phase: PhaseRecord["phase"], t: number): PhaseRecord => ({
    type: "phase",
    t,
    phase,
    stage: "start",
  });
  return [
    start("warmup", 0),
    start("baseline", 2 * S),
    start("chaos", 12 * S),
    start("recovery", 32 * S),
    { type: "phase", t: END, phase: "recovery", stage: "end" },
  ];
}

function crashes(lost: boolean): JournalRecord[] {
  const names = ["app2", "app1", "app3", "app1", "app2"];
  const injections = names.flatMap((name, n) => {
    const t = 12 * S + n * 2 * S + n * 61_000;
    const at = (stage: InjectionRecord["stage"], when: number) =>
      injectionAt({ t: when, step: "storm", kind: "crash", n: n + 1, name, stage });
    const ended = lost && n === 4 ? ("unrecovered" as const) : ("recovered" as const);
    return [
      at("applying", t),
      at("applied", t + 4000),
      at("ended", t + 4200),
      at("proven", t + 9000),
      at(ended, ended === "recovered" ? t + (610 + n * 85) * 1000 : END - 1000),
    ];
  });
  return [stepAt(12 * S, "storm", "started"), ...injections, stepAt(22 * S, "storm", "ended")];
}

function freeze(proven: boolean): JournalRecord[] {
  const at = (stage: InjectionRecord["stage"], t: number) =>
    injectionAt({ t, step: "freeze", kind: "pause", n: 1, name: "app2", stage });
  return [
    stepAt(24.4 * S, "freeze", "started"),
    at("applying", 24.4 * S),
    at("applied", 24.42 * S),
    at("ended", 28.42 * S),
    at(proven ? "proven" : "unproven", 28.43 * S),
    at("recovered", 28.9 * S),
    stepAt(28.42 * S, "freeze", "ended"),
  ];
}

function stepAt(t: number, step: string, stage: StepRecord["stage"], detail = ""): StepRecord {
  return { type: "step", t, step, stage, detail };
}

function injectionAt(what: {
  readonly t: number;
  readonly step: string;
  readonly kind: string;
  readonly n: number;
  readonly name: string;
  readonly stage: InjectionRecord["stage"];
}): InjectionRecord {
  const { t, step, kind, n, name, stage } = what;
  return {
    type: "injection",
    t,
    step,
    injection: `${step}#${n}`,
    kind,
    target: { key: `aegis/app/${name}`, service: "app", name, instance: `${4100 + n}` },
    stage,
    outcome: stage === "proven" ? "injected" : null,
    detail: stage === "unproven" ? "it ran again 0.2s after it was frozen" : "",
    facts: null,
  };
}
