import type { Figure } from "./figures.ts";

/** A part that has run, or could not. */
export interface PartReport {
  readonly name: string;
  readonly title: string;
  /** When and where it was measured, and what else went on there. */
  readonly circumstances: string;
  readonly figures: readonly Figure[];
  /** Why it could not run; null: it did. */
  readonly failure: string | null;
}

const HEADS = ["figure", "goal", "measured", "range", "rounds", ""] as const;

/** The figures of a part in Markdown, which is readable on a terminal too. */
export function partTable({ name, title, circumstances, figures, failure }: PartReport): string {
  const head = `**${name}**: ${title}\n\n${circumstances}`;
  if (failure !== null) return `${head}\n\nCould not run: ${failure}`;
  const rows = figures.map(cellsOf);
  const widths = HEADS.map((text, column) =>
    Math.max(...[text, ...rows.map((row) => row[column] ?? "")].map((cell) => cell.length), 3),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [head, "", line(HEADS), rule, ...rows.map(line)].join("\n");
}

function cellsOf(figure: Figure): string[] {
  const { name, unit, goal, rounds, value, missed, remark } = figure;
  const asked = goal === null ? "" : `${goal.op} ${number(goal.limit, unit)}`;
  if (value === null) return [name, asked, remark ?? "not measured", "", "", ""];
  const range =
    rounds.length > 1
      ? `${number(Math.min(...rounds), "")} to ${number(Math.max(...rounds), "")}`
      : "";
  const mark = missed === null ? "" : { true: "MISSED", false: "ok" }[`${missed}`];
  return [name, asked, number(value, unit), range, String(rounds.length), mark];
}

/** Three significant digits are more than the machine can promise. */
function number(value: number, unit: string): string {
  const text =
    Number.isInteger(value) || Math.abs(value) >= 1000
      ? String(Math.round(value))
      : String(Number(value.toPrecision(3)));
  if (unit === "") return text;
  return unit === "%" ? `${text}%` : `${text} ${unit}`;
}
