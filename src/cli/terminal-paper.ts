import { type Cell, type Column, grid } from "../report/grid.ts";
import { createPaper, type Paper, type PaperOptions } from "../report/paper.ts";
import type { Host, Output } from "./host.ts";

/** As wide, as colourful and with the alphabet of the terminal that an output goes to. */
export function paperOptions(host: Host, output: Output = host.stdout): PaperOptions {
  const { LC_ALL, LC_CTYPE, LANG } = host.world.env;
  const unicode = /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "utf8");
  return { width: output.width, color: output.color, unicode };
}

/** What a command draws on. */
export function paperOf(host: Host, output: Output = host.stdout): Paper {
  return createPaper(paperOptions(host, output));
}

/** A table on stdout that is never wider than the terminal; where columns cannot fit, a paragraph per row. */
export function printTable(
  host: Host,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  indent = 0,
): void {
  const paper = paperOf(host);
  const table = grid(paper, columns, rows, indent);
  if (table !== null) {
    for (const line of [table.head, ...table.rows.flat()]) host.stdout.line(line);
    return;
  }
  for (const row of rows) for (const line of stacked(paper, columns, row)) host.stdout.line(line);
}

function stacked(paper: Paper, columns: readonly Column[], row: readonly Cell[]): string[] {
  return row.flatMap(({ text, tone = "plain" }, index) => {
    const name = index === 0 ? "" : (columns[index]?.head ?? "");
    const indent = index === 0 ? 0 : 2;
    return paper.paragraph(tone, name === "" ? text : `${name}: ${text}`, indent);
  });
}
