import { BUCKET_US } from "../model/journal.ts";
import { merged, ofType, type Trial } from "./trial.ts";

/** One number of the tester beside the truth. */
export interface SelftestCheck {
  readonly name: string;
  readonly measured: number;
  readonly expected: number;
  /** How far `measured` may be from `expected`; where `below` is set, only below it: more is the machine's doing. */
  readonly tolerance: number;
  readonly below: boolean;
  readonly unit: "ms" | "requests";
  readonly ok: boolean;
}

/** What the server wrote by itself: id -> µs on the machine's clock. */
export interface ServerLog {
  readonly listening: readonly number[];
  readonly got: ReadonlyMap<string, number>;
  readonly answered: ReadonlyMap<string, number>;
  /** Ids that came more than once. */
  readonly repeated: number;
}

export function parseServerLog(text: string): ServerLog {
  const listening: number[] = [];
  const got = new Map<string, number>();
  const answered = new Map<string, number>();
  let repeated = 0;
  for (const line of text.split("\n")) {
    const [event, at, id] = line.split(" ");
    if (at === undefined || id === undefined) continue;
    if (event === "listening") listening.push(Number(at));
    if (event === "got" && got.has(id)) repeated += 1;
    if (event === "got") got.set(id, Number(at));
    if (event === "answered") answered.set(id, Number(at));
  }
  return { listening, got, answered, repeated };
}

/** Every arrival of the schedule was sent exactly once, and tester and server name the same requests. */
export function countChecks(
  part: string,
  trial: Trial,
  log: ServerLog,
  rate: number,
): SelftestCheck[] {
  const interval = 1e6 / rate;
  const least = Math.floor((trial.stoppedAfter - trial.start) / interval) + 1;
  const most = Math.floor((trial.stoppedBefore - trial.start) / interval) + 1;
  const sent = ofType(trial, "bucket").reduce((sum, bucket) => sum + bucket.sent, 0);
  const ids = new Set(trial.requests.map(({ id }) => id));
  const answered = trial.requests.filter(({ ok }) => ok);
  const unknown = [...log.got.keys()].filter((id) => !ids.has(id)).length;
  const phantom = answered.filter(({ id }) => !log.answered.has(id)).length;
  return [
    check(
      `${part}: requests sent, against the schedule`,
      sent,
      (least + most) / 2,
      (most - least) / 2,
      "requests",
    ),
    check(`${part}: different ids, against requests sent`, ids.size, sent, 0, "requests"),
    check(`${part}: ids that only the server knows`, unknown, 0, 0, "requests"),
    // A server killed between its answer and its note of it has answered all the same.
    check(`${part}: successes that the server did not answer`, phantom, 0, 2, "requests"),
    check(`${part}: ids that reached the server twice`, log.repeated, 0, 0, "requests"),
  ];
}

/**
 * A freeze of the server around `during`, as its own log shows it: a silence. A request due in the silence should have
 * taken until its end. Tolerance: 3 % of the silence, the time in which the server took up the requests that were
 * waiting on connections, and the tester's own lateness at the edges. The p80 catches a tester that holds requests
 * back without counting it.
 */
export function freezeChecks(
  trial: Trial,
  log: ServerLog,
  rate: number,
  during: number,
): SelftestCheck[] {
  const got = [...log.got.values()].sort((a, b) => a - b);
  const next = got.findIndex((at) => at > during);
  const [from, to] = [got[next - 1] ?? during, got[next] ?? during];
  const ideal = arrivalsOf(trial, rate)
    .map((due) => (due + trial.epoch >= from ? Math.max(0, to - due - trial.epoch) : 0))
    .sort((a, b) => a - b);
  const latency = merged(trial, "latency");
  const length = (to - from) / 1000;
  const late = latenessNear(trial, [from - trial.epoch, to - trial.epoch]) / 1000;
  const idealAt = (q: number) => (ideal[Math.ceil(q * ideal.length) - 1] ?? 0) / 1000;
  const at = (q: number) => latency.quantile(q) / 1000;
  const takenUp = ((got[next + ANY_ORDER] ?? to) - to) / 1000;
  const tolerance = length * 0.03 + takenUp + late;
  const gaps = ofType(trial, "gap").map(({ t, until }) => (until - t) / 1000);
  const gapTolerance = length * 0.03 + 2e3 / rate + 5 + late;
  return [
    checkBelow("freeze: p80 of all requests", at(0.8), idealAt(0.8), length * 0.1, "ms"),
    check("freeze: p99 of all requests", at(0.99), idealAt(0.99), tolerance, "ms"),
    check("freeze: slowest request", at(1), idealAt(1), tolerance, "ms"),
    check("freeze: longest gap", Math.max(0, ...gaps), length, gapTolerance, "ms"),
    check("freeze: failures", failures(trial), 0, 0, "requests"),
  ];
}

/** The requests on open sockets are taken up in any order: so many may come before the oldest. */
const ANY_ORDER = 90;

/**
 * A kill, and a server that listens again later. By its log: the outage runs from the first request that was not
 * answered to the first that was again. By the clock (`killed` to listening): as long as nobody listened, within
 * one interval + 5 ms and the tester's own lateness at the two edges.
 */
export function killChecks(
  trial: Trial,
  log: ServerLog,
  rate: number,
  killed: number,
): SelftestCheck[] {
  const interval = 1e6 / rate;
  const dues = arrivalsOf(trial, rate);
  const unanswered = dues.filter((_, n) => !log.answered.has(`trial-main-${n}`));
  const [first, last] = [unanswered[0] ?? 0, unanswered.at(-1) ?? 0];
  const outages = ofType(trial, "outage");
  const [start, until] = [outages[0]?.t ?? 0, outages.at(-1)?.until ?? 0];
  const listening = log.listening[1] ?? 0;
  const before = [...log.answered.values()].filter((at) => at < listening);
  const truth = (listening - Math.max(killed, ...before)) / 1000;
  // A server that was behind its requests when it died took those with it.
  const behind = Math.max(0, killed - trial.epoch - first);
  const slack = (interval + 5000 + latenessNear(trial, [first, last]) + behind) / 1000;
  const edge = (2 * interval) / 1000;
  const gaps = ofType(trial, "gap").map(({ t, until: end }) => (end - t) / 1000);
  return [
    check("kill: begin of the outage, by the log", start / 1000, first / 1000, edge, "ms"),
    check(
      "kill: end of the outage, by the log",
      until / 1000,
      (last + interval) / 1000,
      edge,
      "ms",
    ),
    check("kill: length of the outage, by the clock", (until - start) / 1000, truth, slack, "ms"),
    check("kill: longest gap", Math.max(0, ...gaps), truth, slack + edge, "ms"),
    check("kill: failures", failures(trial), unanswered.length, 2, "requests"),
  ];
}

/** Due times of all arrivals, µs since the trial's epoch. */
function arrivalsOf(trial: Trial, rate: number): number[] {
  const interval = 1e6 / rate;
  const count = Math.floor((trial.stoppedAfter - trial.start) / interval) + 1;
  return Array.from({ length: count }, (_, n) => trial.start + n * interval);
}

/** The tester's largest lateness (µs) within 100 ms of some moments. */
function latenessNear(trial: Trial, moments: readonly number[]): number {
  const near = ofType(trial, "bucket").filter(({ t }) =>
    moments.some((moment) => t <= moment + BUCKET_US && moment - BUCKET_US <= t + BUCKET_US),
  );
  return merged({ records: near }, "lateness").max;
}

function failures(trial: Trial): number {
  return ofType(trial, "bucket").reduce((sum, { sent, ok }) => sum + sent - ok, 0);
}

function check(
  name: string,
  measured: number,
  expected: number,
  tolerance: number,
  unit: SelftestCheck["unit"],
): SelftestCheck {
  const ok = Math.abs(measured - expected) <= tolerance;
  return { name, measured, expected, tolerance, below: false, unit, ok };
}

/** A check that only too little can fail. */
function checkBelow(...args: Parameters<typeof check>): SelftestCheck {
  const [, measured, expected, tolerance] = args;
  return { ...check(...args), below: true, ok: measured >= expected - tolerance };
}
