import { shellQuoted } from "../../kit/shell.ts";
import type { Timeline } from "../../model/timeline.ts";
import { factLines, type Paper } from "../paper.ts";
import { clean, textWidth, wrap } from "../text-width.ts";
import { micros, vantageText } from "../wording.ts";

/** What the numbers hold for, and how to look again, judge again and play again. */
export function footerSection(paper: Paper, timeline: Timeline, runPath: string | null): string[] {
  const { header, end } = timeline;
  const facts = [
    `seed ${header.plan.seed}`,
    `engine ${header.engine}`,
    vantageText(header.vantage, header.vantageReason ?? null),
    `project ${header.project}`,
    `started ${header.startedAt}`,
    `took ${micros(end)}`,
    `aegis ${header.aegis}`,
  ];
  return [
    ...factLines(paper, facts, 0),
    ...(runPath === null ? [] : named(paper, "run", runPath)),
    ...commandsOf(timeline, runPath).flatMap(([name, command]) => named(paper, name, command)),
  ];
}

/** The commands that work on this run, each with what it is for. */
function commandsOf(
  { header }: Timeline,
  runPath: string | null,
): readonly (readonly [string, string])[] {
  const { file, seed, options = [] } = header.plan;
  const words = ["aegis", "chaos", "run", file ?? "", ...options, "--seed", String(seed)];
  const command = words.map(shellQuoted).join(" ");
  const again = file === null ? [] : ([["play again", command]] as const);
  if (runPath === null) return again;
  const run = shellQuoted(shortName(runPath, header.run));
  return [["look again", `aegis report ${run}`], ["judge again", `aegis judge ${run}`], ...again];
}

/** Where runs usually are, the id alone says which one is meant. */
function shortName(runPath: string, id: string): string {
  return runPath.startsWith(".aegis/runs/") && runPath.endsWith(`-${id}`) ? id : runPath;
}

function named(paper: Paper, name: string, text: string): string[] {
  const label = 13;
  const room = paper.width - label;
  if (textWidth(clean(text)) > room && room < 60) {
    return [paper.paint("dim", name), ...paper.paragraph("plain", text, 2)];
  }
  const [first = "", ...rest] = wrap(clean(text), room);
  return [
    `${paper.paint("dim", name.padEnd(label))}${first}`,
    ...rest.map((line) => `${" ".repeat(label)}${line}`),
  ];
}
