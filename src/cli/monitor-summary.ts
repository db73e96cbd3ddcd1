import { formatPercent } from "../kit/units.ts";
import type { Timeline, TrafficTimeline } from "../model/timeline.ts";
import { answerShares } from "../report/facts/answers.ts";
import { type TesterHealth, testerHealth } from "../report/facts/tester.ts";
import { runFacts, type WindowFacts } from "../report/facts/windows.ts";
import { factLines, type Paper } from "../report/paper.ts";
import { errorsText, intervalText, latencyText, micros, rateErrorText } from "../report/wording.ts";
import type { RunResult } from "../runner/run.ts";
import { formatCount, plural } from "../verdict/measured.ts";

/** What a monitored time comes to, in a few lines. */
export function monitorSummary(
  paper: Paper,
  { timeline, path }: Pick<RunResult, "timeline" | "path">,
): string[] {
  return [
    ...timeline.traffic.flatMap((traffic) => trafficLines(paper, timeline, traffic)),
    `${paper.paint("dim", "run")}  ${path}`,
  ];
}

function trafficLines(paper: Paper, timeline: Timeline, traffic: TrafficTimeline): string[] {
  const facts = runFacts(timeline, traffic);
  const title = paper.heading("Summary", traffic.plan.url);
  if (facts === null || facts.success === null) {
    return [...title, ...paper.paragraph("doubt", "nothing was sent", 2)];
  }
  const { share } = facts.success;
  const shares = answerShares(timeline)
    .filter((each) => each.share !== null)
    .map(({ name, share: part }) => `${name} ${Math.round((part ?? 0) * 100)}%`);
  return [
    ...title,
    ...paper.paragraph(
      share === 1 ? "good" : "bad",
      `${plural(facts.requests, "request")}, ${facts.failed} failed: ${formatPercent(share)} succeeded (95% CI ${intervalText(facts)})`,
      2,
    ),
    ...factLines(paper, latencyFacts(facts), 2),
    ...factLines(paper, failureFacts(facts, traffic), 2),
    ...factLines(paper, shares, 2),
    ...testerHealth(timeline)
      .filter((health) => health.traffic === traffic.plan.name)
      .flatMap((health) => factLines(paper, testerFacts(health), 2)),
  ];
}

/** How far the numbers above can be trusted. */
function testerFacts(health: TesterHealth): string[] {
  const { lateness, burst, dropped } = health;
  const late = (["p50", "p99"] as const).flatMap((what) =>
    lateness === null ? [] : [`late ${what} ${micros(lateness[what])}`],
  );
  return [
    `the tester itself: rate error ${rateErrorText(health)}`,
    ...late,
    `${formatCount(dropped)} dropped`,
    `burst ${formatCount(burst)}`,
  ];
}

function latencyFacts(facts: WindowFacts): string[] {
  if (facts.latency === null) return [];
  return (["p50", "p99", "max"] as const).map((what) => `${what} ${latencyText(facts, what)}`);
}

function failureFacts(facts: WindowFacts, { outages }: TrafficTimeline): string[] {
  const longest = Math.max(0, ...outages.map(({ t, until }) => until - t));
  return [
    ...(facts.failed > 0 ? [errorsText(facts)] : []),
    ...(outages.length > 0
      ? [`${plural(outages.length, "outage")}, the longest ${micros(longest)}`]
      : []),
  ];
}
