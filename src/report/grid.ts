import type { Paper, Tone } from "./paper.ts";
import { clean, textWidth, wrap } from "./text-width.ts";

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

export interface Column {
  readonly head: string;
  readonly align?: "start" | "end";
  /** The least width its text may be wrapped to; absent: it is never wrapped. */
  readonly least?: number;
}

/** A laid-out table: its head, and the lines of each row, so that a caller can put text between rows. */
export interface Grid {
  readonly head: string;
  readonly rows: readonly (readonly string[])[];
}

const GAP = 2;

/** Aligns cells in columns that fit the paper, wrapping where columns allow it; null when they cannot fit. */
export function grid(
  paper: Paper,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  indent = 2,
): Grid | null {
  const widths = shrink(columns, naturalWidths(columns, rows), paper.width - indent);
  if (widths === null) return null;
  const margin = " ".repeat(indent);
  const line = (cells: readonly Cell[]) =>
    cellLines(cells, widths).map((parts) => margin + joined(paper, columns, widths, parts));
  const head = columns.map(({ head }): Cell => ({ text: head, tone: "dim" }));
  return { head: line(head)[0] as string, rows: rows.map(line) };
}

function naturalWidths(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): readonly number[] {
  return columns.map(({ head }, index) =>
    rows.reduce(
      (width, row) => Math.max(width, textWidth(clean(row[index]?.text ?? ""))),
      textWidth(head),
    ),
  );
}

/** Takes columns off the widest one that may be wrapped until all fit. */
function shrink(
  columns: readonly Column[],
  natural: readonly number[],
  room: number,
): readonly number[] | null {
  const widths = [...natural];
  let over = widths.reduce((sum, width) => sum + width + GAP, -GAP) - room;
  while (over > 0) {
    let widest = -1;
    for (const [index, { least }] of columns.entries()) {
      const width = widths[index] as number;
      const wider = widest < 0 || width > (widths[widest] as number);
      if (least !== undefined && width > least && wider) widest = index;
    }
    if (widest < 0) return null;
    widths[widest] = (widths[widest] as number) - 1;
    over -= 1;
  }
  return widths;
}

/** The lines of one row: a cell per column in each. */
function cellLines(cells: readonly Cell[], widths: readonly number[]): Cell[][] {
  const wrapped = cells.map(({ text }, index) => wrap(clean(text), widths[index] as number));
  const height = wrapped.reduce((most, lines) => Math.max(most, lines.length), 1);
  return Array.from({ length: height }, (_, at) =>
    cells.map((cell, index) => ({ ...cell, text: wrapped[index]?.[at] ?? "" })),
  );
}

function joined(
  paper: Paper,
  columns: readonly Column[],
  widths: readonly number[],
  cells: readonly Cell[],
): string {
  const last = cells.findLastIndex(({ text }) => text !== "");
  return cells
    .slice(0, last + 1)
    .map(({ text, tone = "plain" }, index) => {
      const width = widths[index] as number;
      const blank = " ".repeat(Math.max(0, width - textWidth(text)));
      const painted = paper.paint(tone, text);
      if (columns[index]?.align === "end") return `${blank}${painted}`;
      return index === last ? painted : `${painted}${blank}`;
    })
    .join(" ".repeat(GAP));
}
