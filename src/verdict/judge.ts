import type { Assertion } from "../model/assertion.ts";
import type { RunRecord } from "../model/journal.ts";
import type { Timeline } from "../model/timeline.ts";
import type { Finding, Verdict, VerdictWord } from "../model/verdict.ts";
import { checkAssertion } from "./checks.ts";
import { absentFinding, finding, sentenceOf } from "./findings.ts";
import { plural } from "./measured.ts";
import { residueIn } from "./residue.ts";
import { runDoubts } from "./run-doubts.ts";

export { abortMet } from "./abort.ts";
export { checkAssertion } from "./checks.ts";
export { foldTimeline } from "./timeline.ts";

/**
 * What one run says, from its journal alone: every assertion weighed, the worst one counts. A fail that is not itself in
 * doubt is worse than a doubt about the run; a doubt is never a pass. The same records give the same bytes.
 */
export function judge(timeline: Timeline): Verdict {
  const findings = findingsOf(timeline);
  const doubts = runDoubts(timeline);
  const started = timeline.ended?.reason !== "not-steady";
  const verdict = started ? worst(findings, doubts) : "inconclusive";
  const residue = residueIn(timeline.notes);
  return {
    verdict,
    exit: exitOf(timeline.ended, verdict, residue.length > 0),
    summary: sentenceOf([summaryOf(timeline, verdict, findings, doubts)]),
    findings,
    doubts: [...doubts, ...residue.map((what) => `left behind: ${what}`)],
  };
}

function findingsOf(timeline: Timeline): readonly Finding[] {
  const { plan } = timeline.header;
  if (timeline.ended?.reason === "not-steady") {
    const reason = "there was no steady state, so nothing was harmed and nothing judged";
    const steady = plan.steady.checks.flatMap((check) => checkAssertion(timeline, check));
    return [
      ...steady.filter(({ status }) => status === "fail"),
      ...plan.assertions.map((assertion) =>
        absentFinding(assertion, subjectOf(assertion), { skipped: false, reason }),
      ),
    ];
  }
  const judged = plan.assertions.flatMap((assertion) =>
    checkAssertion(timeline, assertion, "ended"),
  );
  return timeline.ended?.reason === "aborted"
    ? [abortFinding(timeline.ended, timeline), ...judged]
    : judged;
}

function subjectOf({ test }: Assertion): string {
  if (test.about === "measure") return test.traffic ?? "every traffic";
  return test.about === "fact" ? (test.step ?? "every step") : test.subject;
}

/** `abort-when` was met: a fail, whatever the assertions say of the part that was run. */
function abortFinding({ detail, t }: RunRecord, { header }: Timeline): Finding {
  const rule = header.plan.abortWhen.find(({ text }) => detail.includes(text));
  return finding(
    { text: `abort-when: ${rule?.text ?? "a rule"}`, why: null, line: null },
    {
      status: "fail",
      subject: rule?.traffic ?? "run",
      measured: "met",
      allowed: "never met",
      windows: rule ? [{ from: Math.max(0, t - rule.overMs * 1000), to: t }] : [],
      sentence: sentenceOf([detail]),
    },
  );
}

function worst(findings: readonly Finding[], doubts: readonly string[]): VerdictWord {
  const statuses = new Set(findings.map(({ status }) => status));
  if (statuses.has("fail")) return "fail";
  const nothingJudged = findings.length > 0 && !statuses.has("pass");
  return doubts.length > 0 || statuses.has("inconclusive") || nothingJudged
    ? "inconclusive"
    : "pass";
}

const EXITS: Readonly<Record<VerdictWord, number>> = { pass: 0, fail: 1, inconclusive: 3 };

/** Harm that was left behind outranks all: 5 > 6 > 130/143 > 1 > 3 > 0. */
function exitOf(ended: RunRecord | null, verdict: VerdictWord, residue: boolean): number {
  if (residue) return 5;
  if (ended?.reason === "not-steady") return 6;
  if (ended?.reason === "interrupted") {
    return ended.signal === "SIGTERM" || ended.signal === "SIGHUP" ? 143 : 130;
  }
  return EXITS[verdict];
}

function summaryOf(
  { ended }: Timeline,
  verdict: VerdictWord,
  findings: readonly Finding[],
  doubts: readonly string[],
): string {
  if (ended?.reason === "not-steady")
    return `no steady state before the first step: ${ended.detail}`;
  const failed = findings.filter(({ status }) => status === "fail");
  const [first] = failed;
  if (first) {
    const many = `${failed.length} of ${plural(findings.length, "assertion")}`;
    const does = failed.length === 1 ? "does" : "do";
    return `${many} ${does} not hold: ${first.assertion} (${first.subject}: ${first.measured})`;
  }
  if (verdict === "pass") return passSummary(findings);
  const doubtful = findings.find(({ status }) => status === "inconclusive");
  return `inconclusive: ${doubts[0] ?? doubtful?.doubts[0] ?? "every assertion was skipped"}`;
}

function passSummary(findings: readonly Finding[]): string {
  const skipped = findings.filter(({ status }) => status === "skipped").length;
  const held = findings.length - skipped;
  if (held === 0) return "nothing was asserted";
  const left = skipped === 0 ? "" : `; ${skipped} skipped`;
  return held === 1 ? `the one assertion holds${left}` : `all ${held} assertions hold${left}`;
}
