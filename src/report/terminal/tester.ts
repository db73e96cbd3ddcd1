import type { Timeline } from "../../model/timeline.ts";
import { formatCount } from "../../verdict/measured.ts";
import { type TesterHealth, testerHealth } from "../facts/tester.ts";
import { type Cell, type Column, grid } from "../grid.ts";
import type { Paper } from "../paper.ts";
import { micros, rateErrorText, stealText } from "../wording.ts";

const COLUMNS: readonly Column[] = [
  { head: "traffic", least: 8 },
  { head: "rate", align: "end" },
  { head: "rate error", align: "end" },
  { head: "late p50", align: "end" },
  { head: "late p99", align: "end" },
  { head: "late max", align: "end" },
  { head: "dropped", align: "end" },
  { head: "burst", align: "end" },
];

/** The tester's own health: what it did to the numbers above. */
export function testerSection(paper: Paper, timeline: Timeline): string[] {
  const health = testerHealth(timeline);
  if (health.length === 0) return [];
  const title = paper.heading("The tester itself");
  const table = grid(paper, COLUMNS, health.map(cellsOf));
  const steal = stealText(timeline);
  return [
    ...title,
    ...(table
      ? [table.head, ...table.rows.flat()]
      : health.flatMap((each) => stacked(paper, each))),
    ...(steal === "" ? [] : paper.paragraph("doubt", steal, 2)),
  ];
}

function cellsOf(health: TesterHealth): Cell[] {
  const { traffic, lateness, dropped, burst } = health;
  const late = (us: number | undefined) => (us === undefined ? "-" : micros(us));
  return [
    { text: traffic },
    { text: `${formatCount(health.rate)}/s` },
    { text: rateErrorText(health) },
    { text: late(lateness?.p50) },
    { text: late(lateness?.p99) },
    { text: late(lateness?.max) },
    { text: formatCount(dropped), ...(dropped > 0 && { tone: "doubt" as const }) },
    { text: formatCount(burst) },
  ];
}

function stacked(paper: Paper, health: TesterHealth): string[] {
  const [traffic, rate, error, p50, p99, , dropped, burst] = cellsOf(health);
  return [
    ...paper.paragraph("bold", `${traffic?.text}: ${rate?.text}, error ${error?.text}`, 2),
    ...paper.paragraph("plain", `late p50 ${p50?.text}, p99 ${p99?.text}`, 4),
    ...paper.paragraph("plain", `dropped ${dropped?.text}, burst ${burst?.text}`, 4),
  ];
}
