import type { Timeline } from "../../model/timeline.ts";
import { formatCount, plural } from "../../verdict/measured.ts";
import { interruptions } from "../facts/interruptions.ts";
import { type Counts, type WindowFacts, windowFacts } from "../facts/windows.ts";
import { type Cell, type Column, grid } from "../grid.ts";
import type { Paper, Tone } from "../paper.ts";
import { errorsText, intervalText, latencyText, shareText } from "../wording.ts";

const COLUMNS: readonly Column[] = [
  { head: "window", least: 12 },
  { head: "requests", align: "end" },
  { head: "failed", align: "end" },
  { head: "success", align: "end" },
  { head: "95% interval", align: "end" },
  { head: "p50", align: "end" },
  { head: "p99", align: "end" },
  { head: "max", align: "end" },
];

interface Row {
  readonly name: string;
  readonly tone: Tone;
  readonly counts: Counts;
  /** What failed how. */
  readonly errors: string;
}

/** Requests, failures and latency per window of each traffic; kept-alive and fresh connections apart where both were asked for. */
export function windowsSection(paper: Paper, timeline: Timeline): string[] {
  const facts = windowFacts(timeline);
  if (facts.length === 0) return [];
  const rows = facts.flatMap((each) => rowsOf(paper, each));
  const table = grid(
    paper,
    COLUMNS,
    rows.map((row) => cellsOf(paper, row)),
  );
  const lines: string[] = [
    ...paper.heading("Failures and latency"),
    ...(table ? [table.head] : []),
  ];
  let index = 0;
  for (const [at, fact] of facts.entries()) {
    if (timeline.traffic.length > 1 && facts[at - 1]?.traffic !== fact.traffic) {
      lines.push(...paper.paragraph("bold", fact.traffic, 2));
    }
    for (const row of rowsOf(paper, fact)) {
      lines.push(...(table?.rows[index] ?? stacked(paper, row)));
      if (row.errors !== "") lines.push(...paper.paragraph("bad", row.errors, 4));
      if (row.counts === fact) lines.push(...interruptionLines(paper, timeline, fact));
      index += 1;
    }
  }
  return lines;
}

/** How long it lasted: said where something failed, or nothing succeeded for a while. */
function interruptionLines(paper: Paper, timeline: Timeline, facts: WindowFacts): string[] {
  const traffic = timeline.traffic.find(({ plan }) => plan.name === facts.traffic);
  if (!traffic || facts.kind !== "run") return [];
  const { outage, gap, impaired, telling } = interruptions(timeline, traffic);
  if (!telling) return [];
  const text = `longest outage ${outage.text}, longest gap ${gap.text}, impaired for ${impaired.text}`;
  return paper.paragraph("doubt", text, 4);
}

/** Connections apart in the whole run, and wherever something failed. */
function rowsOf({ signs }: Paper, facts: WindowFacts): Row[] {
  const tone: Tone = facts.kind === "run" ? "bold" : "plain";
  const whole: Row = { name: facts.name, tone, counts: facts, errors: errorsText(facts) };
  const telling = facts.kind === "run" || facts.failed > 0;
  if (facts.connections === null || !telling) return [whole];
  const { kept, fresh } = facts.connections;
  return [
    whole,
    { name: `${signs.part} kept alive`, tone: "dim", counts: kept, errors: "" },
    { name: `${signs.part} fresh`, tone: "dim", counts: fresh, errors: "" },
  ];
}

function cellsOf({ signs }: Paper, { name, tone, counts }: Row): Cell[] {
  const harmed = counts.failed > 0 ? ({ tone: "bad" } as const) : {};
  const rest = tone === "dim" ? ({ tone } as const) : {};
  return [
    { text: name, tone },
    { text: formatCount(counts.requests), ...rest },
    { text: formatCount(counts.failed), ...rest, ...harmed },
    { text: shareText(counts), ...rest, ...harmed },
    { text: intervalText(counts, signs.range), tone: "dim" },
    { text: latencyText(counts, "p50"), ...rest },
    { text: latencyText(counts, "p99"), ...rest },
    { text: latencyText(counts, "max"), ...rest },
  ];
}

function stacked(paper: Paper, { name, tone, counts }: Row): string[] {
  const indent = tone === "dim" ? 4 : 2;
  const failed = `${plural(counts.requests, "request")}, ${formatCount(counts.failed)} failed`;
  const success = `success ${shareText(counts)} (${intervalText(counts)})`;
  const latency = (["p50", "p99", "max"] as const)
    .map((what) => `${what} ${latencyText(counts, what)}`)
    .join("  ");
  return [
    ...paper.paragraph(tone, name, indent),
    ...paper.paragraph(counts.failed > 0 ? "bad" : "plain", failed, indent + 2),
    ...paper.paragraph("plain", success, indent + 2),
    ...paper.paragraph("plain", latency, indent + 2),
  ];
}
