import { join } from "node:path";
import { EXIT_CODES } from "../kit/errors.ts";
import type { Timeline } from "../model/timeline.ts";
import type { Verdict } from "../model/verdict.ts";
import { readJournal } from "../state/journal.ts";
import { sentenceOf } from "../verdict/findings.ts";
import { foldTimeline, judge } from "../verdict/judge.ts";

export interface Judged {
  readonly timeline: Timeline;
  readonly verdict: Verdict;
}

/** Judges a stored run from its journal alone. `failure`: why its journal could not be written whole, if it could not. */
export async function judgeRun(path: string, failure: Error | null = null): Promise<Judged> {
  const { header, records } = await readJournal(join(path, "journal.ndjson"));
  const timeline = foldTimeline(header, records);
  const verdict = judge(timeline);
  return { timeline, verdict: failure === null ? verdict : unwritten(verdict, failure) };
}

function unwritten(verdict: Verdict, failure: Error): Verdict {
  const doubt = `the journal could not be written: ${failure.message}`;
  const exit = verdict.exit <= 1 ? EXIT_CODES.INCONCLUSIVE : verdict.exit;
  return {
    ...verdict,
    verdict: "inconclusive",
    exit,
    summary: sentenceOf([doubt]),
    doubts: [doubt, ...verdict.doubts],
  };
}
