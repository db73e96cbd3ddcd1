import type { StepTimeline, Timeline } from "../model/timeline.ts";
import type { Finding, Verdict, VerdictWord } from "../model/verdict.ts";
import { formatCount } from "../verdict/measured.ts";
import { formatMoment } from "../verdict/when.ts";
import { type AnswerShare, answerShares } from "./facts/answers.ts";
import { weakBasis } from "./facts/basis.ts";
import { injectionFacts, isNoteworthy } from "./facts/injections.ts";
import { interruptions } from "./facts/interruptions.ts";
import { kindText } from "./facts/kinds.ts";
import { stagesOf } from "./facts/stages.ts";
import { testerHealth } from "./facts/tester.ts";
import { type WindowFacts, windowFacts } from "./facts/windows.ts";
import { markdownCode, markdownTable, markdownText } from "./markdown-text.ts";
import {
  endingText,
  errorsText,
  injectionOutcome,
  injectionRecovery,
  intervalText,
  latencyText,
  micros,
  mixText,
  rateErrorText,
  shareText,
  stealText,
  subjectText,
  unsaid,
  VERDICT_WORDS,
  vantageText,
} from "./wording.ts";

const MARKS: Readonly<Record<VerdictWord | "skipped", string>> = {
  pass: "✅",
  fail: "❌",
  inconclusive: "❔",
  skipped: "⏭️",
};
/** Of a step with more injections, only the noteworthy ones are listed. */
const FEW = 8;

/** A summary for people in GitHub-flavoured Markdown: also what goes to GITHUB_STEP_SUMMARY. No line break at the end. */
export function markdownReport(
  timeline: Timeline,
  verdict: Verdict,
  options: { readonly runPath: string | null } = { runPath: null },
): string {
  const sections = [
    headline(timeline, verdict),
    assertions(verdict),
    explanations(verdict),
    windows(timeline),
    steps(timeline),
    answers(timeline),
    tester(timeline),
    footer(timeline, options.runPath),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

function headline({ header, ...rest }: Timeline, verdict: Verdict): string {
  const word = VERDICT_WORDS[verdict.verdict];
  const title = `## ${MARKS[verdict.verdict]} ${word}: ${markdownText(header.plan.name)}`;
  const lines = [verdict.summary, ...unsaid([endingText({ header, ...rest })], verdict.summary)];
  const doubts = unsaid(verdict.doubts, lines.join("\n"))
    .map((doubt) => `- ❔ ${markdownText(doubt)}`)
    .join("\n");
  return [title, ...lines.map(markdownText), doubts].filter((text) => text !== "").join("\n\n");
}

function assertions({ findings }: Verdict): string {
  if (findings.length === 0) return "";
  const rows = findings.map((finding) => [
    MARKS[finding.status],
    `${markdownCode(finding.assertion)} ${markdownText(subjectText(finding))}`.trim(),
    markdownText(finding.measured),
    markdownText(finding.allowed),
  ]);
  return markdownTable(["", "assertion", "measured", "allowed"], rows);
}

function explanations({ findings }: Verdict): string {
  return findings
    .filter(({ status }) => status === "fail" || status === "inconclusive")
    .map(explanation)
    .join("\n");
}

function explanation(finding: Finding): string {
  const { status, assertion, sentence, doubts, why } = finding;
  const told = [
    sentence,
    ...unsaid(doubts, sentence),
    why === null ? "" : `Why it is asked: ${why}.`,
  ];
  const text = told.filter((part) => part !== "").map(markdownText);
  const about = [markdownCode(assertion), markdownText(subjectText(finding))].join(" ").trim();
  return `- ${MARKS[status]} ${about}: ${text.join(" ")}`;
}

function windows(timeline: Timeline): string {
  const facts = windowFacts(timeline);
  if (facts.length === 0) return "";
  const many = timeline.traffic.length > 1;
  const head = ["window", "requests", "failed", "success", "95% interval", "p50", "p99", "max"];
  const rows = facts.flatMap((fact) => {
    const name = many ? `${fact.traffic}: ${fact.name}` : fact.name;
    const { connections } = fact;
    return [
      windowRow(markdownText(name), fact, errorsText(fact)),
      ...(connections && fact.kind === "run"
        ? [
            windowRow("– kept alive", connections.kept, ""),
            windowRow("– fresh connections", connections.fresh, ""),
          ]
        : []),
    ];
  });
  const right = head.map((_, index) => index > 0);
  const notes = timeline.traffic.flatMap((traffic) => {
    const { outage, gap, impaired, telling } = interruptions(timeline, traffic);
    if (!telling) return [];
    const text = `${traffic.plan.name}: longest outage ${outage.text}, longest gap ${gap.text}, impaired for ${impaired.text}`;
    return [`- ${markdownText(text)}`];
  });
  const table = markdownTable(head, rows, right);
  return ["### Failures and latency", table, notes.join("\n")]
    .filter((text) => text !== "")
    .join("\n\n");
}

function windowRow(
  name: string,
  counts: WindowFacts | NonNullable<WindowFacts["connections"]>["kept"],
  errors: string,
): string[] {
  const failed = formatCount(counts.failed);
  return [
    name,
    formatCount(counts.requests),
    errors === "" ? failed : `**${failed}** (${markdownText(errors)})`,
    shareText(counts),
    intervalText(counts),
    latencyText(counts, "p50"),
    latencyText(counts, "p99"),
    latencyText(counts, "max"),
  ];
}

function steps(timeline: Timeline): string {
  if (timeline.steps.length === 0) return "";
  const head = ["step", "kind", "injection", "target", "at", "outcome", "recovery"];
  const rows = timeline.steps.flatMap((step) => stepRows(timeline, step));
  const basis = weakBasis(timeline).map(markdownText);
  const stages = timeline.steps.flatMap((step) => stageList(timeline, step));
  return [`### Steps\n\n${markdownTable(head, rows)}`, ...stages, ...basis].join("\n\n");
}

function stageList(timeline: Timeline, step: StepTimeline): string[] {
  const lines = stagesOf(timeline, step).map(
    ({ t, text }) => `- ${formatMoment(timeline, t)} ${markdownText(text)}`,
  );
  return lines.length === 0 ? [] : [lines.join("\n")];
}

function stepRows(timeline: Timeline, step: StepTimeline): string[][] {
  const { plan, stage, detail } = step;
  const facts = injectionFacts(timeline, step);
  const listed = facts.length <= FEW ? facts : facts.filter(isNoteworthy).slice(0, FEW);
  const name = [markdownText(plan.id), markdownText(kindText(plan))];
  const rows = listed.map((fact) => [
    ...name,
    markdownText(fact.injection.id),
    markdownText(fact.injection.target?.name ?? ""),
    formatMoment(timeline, fact.injection.appliedAt ?? fact.injection.applyingAt),
    markdownText(injectionOutcome(fact)),
    injectionRecovery(fact),
  ]);
  const unlisted = facts.length - listed.length;
  const more = unlisted === 0 ? [] : [[...name, `${unlisted} more`, "", "", "", ""]];
  const said = stage === "skipped" || stage === "not-injected" || facts.length === 0;
  const state = [stage, detail].filter((part) => part !== "").join(": ");
  return [...rows, ...more, ...(said ? [[...name, "", "", "", markdownText(state), ""]] : [])];
}

function answers(timeline: Timeline): string {
  const shares = answerShares(timeline);
  if (shares.length === 0) return silentAnswers(timeline);
  const phases = shares[0]?.phases ?? [];
  const head = ["who answered", "answers", "whole run", ...phases.map(({ phase }) => phase)];
  const right = head.map((_, index) => index > 0);
  const many = timeline.traffic.length > 1;
  const rows = shares.map((share) => answerRow(share, many));
  return `### Who answered\n\n${markdownTable(head, rows, right)}`;
}

/** Where nobody is named, that is said: versions and replicas were not looked at. */
function silentAnswers({ header: { identify } }: Timeline): string {
  return identify.replica || identify.version ? "" : "Answers do not name who gave them.";
}

function answerRow({ traffic, name, answers: count, share, phases }: AnswerShare, many: boolean) {
  return [
    markdownText(many ? `${traffic}: ${name}` : name),
    formatCount(count),
    mixText(share),
    ...phases.map((phase) => mixText(phase.share)),
  ];
}

function tester(timeline: Timeline): string {
  if (timeline.traffic.length === 0) return "";
  const head = [
    "the tester itself",
    "rate",
    "rate error",
    "late p50",
    "late p99",
    "dropped",
    "burst",
  ];
  const rows = testerHealth(timeline).map((health) => [
    markdownText(health.traffic),
    `${formatCount(health.rate)}/s`,
    rateErrorText(health),
    health.lateness === null ? "-" : micros(health.lateness.p50),
    health.lateness === null ? "-" : micros(health.lateness.p99),
    formatCount(health.dropped),
    formatCount(health.burst),
  ]);
  const right = head.map((_, index) => index > 0);
  const steal = stealText(timeline);
  return [markdownTable(head, rows, right), ...(steal === "" ? [] : [steal])].join("\n\n");
}

function footer({ header, end }: Timeline, runPath: string | null): string {
  const facts = [
    `seed ${header.plan.seed}`,
    `engine ${header.engine}`,
    vantageText(header.vantage, header.vantageReason ?? null),
    `started ${header.startedAt}`,
    `took ${micros(end)}`,
    `aegis ${header.aegis}`,
  ].map(markdownText);
  const run = runPath === null ? [] : [`run ${markdownCode(runPath)}`];
  return [...facts, ...run].join(" · ");
}
