import type { Timeline } from "../model/timeline.ts";
import type { Verdict } from "../model/verdict.ts";
import { endingText } from "./wording.ts";

/** What is wrong with the run as a whole, beyond what any finding says. */
export interface RunTrouble {
  /** `fail`: an abort rule was met or the like; `inconclusive`: it cannot be told. */
  readonly status: "fail" | "inconclusive";
  readonly reason: string;
}

/** The reasons of the verdict that no finding carries: for reports that list cases, so that no red run looks green. */
export function runTroubles(timeline: Timeline, verdict: Verdict): RunTrouble[] {
  const told = verdict.findings.some(({ status }) => status === verdict.verdict);
  const doubts = verdict.doubts.map((reason): RunTrouble => ({ status: "inconclusive", reason }));
  const explained = told || doubts.some(({ status }) => status === verdict.verdict);
  if (verdict.verdict === "pass" || explained) return doubts;
  const ending = endingText(timeline);
  const reason = ending === "" ? verdict.summary : ending;
  return [{ status: verdict.verdict, reason }, ...doubts];
}
