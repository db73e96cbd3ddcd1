import { formatDuration, formatPercent } from "../kit/units.ts";
import type { Vantage } from "../model/plan.ts";
import type { Timeline } from "../model/timeline.ts";
import type { Finding, VerdictWord } from "../model/verdict.ts";
import type { InjectionFacts } from "./facts/injections.ts";
import { stealOf, type TesterHealth } from "./facts/tester.ts";
import type { Counts, WindowFacts } from "./facts/windows.ts";
import type { Tone } from "./paper.ts";

/** The verdict as people and logs search for it. */
export const VERDICT_WORDS: Readonly<Record<VerdictWord, string>> = {
  pass: "PASS",
  fail: "FAIL",
  inconclusive: "INCONCLUSIVE",
};

export const STATUS_TONES: Readonly<Record<Finding["status"], Tone>> = {
  pass: "good",
  fail: "bad",
  inconclusive: "doubt",
  skipped: "dim",
};

/** `seen from the host`; from inside with the reason why it is not the host. */
export function vantageText(vantage: Vantage, reason: string | null): string {
  if (vantage === "host") return "seen from the host";
  const because = reason === null ? "" : ` (${reason})`;
  return `seen from inside the network${because}`;
}

/** µs as a duration for people. */
export function micros(us: number): string {
  return formatDuration(us / 1000);
}

/** `99.98%`, or a dash where there was no request. */
export function shareText({ success }: Counts): string {
  return success === null ? "-" : formatPercent(success.share);
}

/** `99.93 to 99.99%`; with a shorter separator for tables. */
export function intervalText({ success }: Counts, separator = " to "): string {
  if (success === null) return "-";
  const low = formatPercent(success.low).slice(0, -1);
  return `${low}${separator}${formatPercent(success.high)}`;
}

/** `p99` and its kind of a window, or a dash. */
export function latencyText({ latency }: Counts, what: "p50" | "p99" | "max"): string {
  return latency === null ? "-" : micros(latency[what]);
}

/** `timeout 12, reset 3`; empty when nothing failed. */
export function errorsText({ errors }: Pick<WindowFacts, "errors">): string {
  return errors.map(({ class: name, count }) => `${name} ${count}`).join(", ");
}

/** A share among others: `33.4%`, `100%`, or a dash where nobody answered. */
export function mixText(share: number | null): string {
  if (share === null) return "-";
  return share === 0 || share === 1 ? formatPercent(share) : `${(share * 100).toFixed(1)}%`;
}

/** `injected, proven`, `not proven: why`, `failed: why` */
export function injectionOutcome({ injection, state }: InjectionFacts): string {
  const { failure, outcome, proven, records } = injection;
  if (state === "failed") return `failed: ${failure ?? ""}`;
  if (proven === null) return "proof undecided";
  if (proven) return `${outcome ?? "injected"}, proven`;
  const detail = records.find(({ stage }) => stage === "unproven")?.detail ?? "";
  return detail === "" ? "not proven" : `not proven: ${detail}`;
}

/** `in 0.61s`, `never`, `undecided`; empty where there is nothing to recover. */
export function injectionRecovery({ recovery, state, injection }: InjectionFacts): string {
  if (injection.target === null || state === "failed") return "";
  if (recovery !== null) return `in ${micros(recovery)}`;
  return state === "not recovered" ? "never" : "undecided";
}

/** `0.00%`, `-0.12%` */
export function rateErrorText({ rateError }: TesterHealth): string {
  const text = (rateError * 100).toFixed(2);
  return `${text === "-0.00" ? "0.00" : text}%`;
}

/** The subject of a finding where its assertion does not already say it. */
export function subjectText({ assertion, subject }: Finding): string {
  const words = assertion.split(/[^\w-]+/);
  return subject === "" || words.includes(subject) ? "" : subject;
}

/** What a reader must know of how the run ended, when it was not by coming to its end. */
export function endingText({ ended }: Timeline): string {
  if (ended === null) return "The journal was cut short: this is what it holds.";
  const detail = ended.detail === "" ? "" : `: ${ended.detail}`;
  const signal = ended.signal === null ? "" : ` by ${ended.signal}`;
  switch (ended.reason) {
    case "complete":
      return "";
    case "aborted":
      return `Aborted${detail}`;
    case "interrupted":
      return unsaid([`interrupted${signal}`], ended.detail).length === 0
        ? `I${ended.detail.slice(1)}`
        : `Interrupted${signal}${detail}`;
    case "stopped":
      return ended.detail.replace(/^s/, "S");
    case "not-steady":
      return `No steady state${detail}`;
    case "time-limit":
      return `The time limit was reached${detail}`;
    case "failed":
      return `The run failed${detail}`;
  }
}

/** Those of the texts that `before` does not say already, the first letter and the full stop apart. */
export function unsaid(texts: readonly string[], before: string): string[] {
  const said = before.toLowerCase();
  return texts.filter((text) => !said.includes(text.toLowerCase().replace(/\.$/, "")));
}

/** Below, nobody need know. */
const WORTH_TELLING = 0.05;

/** How much of the machine its host gave to others; empty when it was little, or is not known. */
export function stealText(timeline: Timeline): string {
  const steal = stealOf(timeline);
  if (steal === null || steal.stealShare < WORTH_TELLING) return "";
  const [all, worst] = [mixText(steal.stealShare), mixText(steal.worstStealShare)];
  return `the machine's host gave ${all} of its CPU to others (steal time), at worst ${worst}`;
}
