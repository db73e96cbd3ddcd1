import { Chalk } from "chalk";
import { clean, textWidth, wrap } from "./text-width.ts";

/** What a piece of text says, for the colour it gets. Without colour the words and signs still say it. */
export type Tone = "plain" | "dim" | "bold" | "good" | "bad" | "doubt" | "accent";

export interface PaperOptions {
  /** Columns; no line is wider. */
  readonly width: number;
  readonly color: boolean;
  /** False: signs and strips are drawn in ASCII. */
  readonly unicode: boolean;
}

/** What text is put on: how wide it is, which signs it knows, how it colours. */
export interface Paper {
  readonly width: number;
  readonly signs: Signs;
  readonly unicode: boolean;
  /** Makes a text from anywhere harmless and colours it: everything printed goes through here. */
  paint(tone: Tone, text: string): string;
  /** The title of a section, with a note beside it, or below it when both do not fit. */
  heading(title: string, note?: string): string[];
  /** The word of a verdict as a block of colour. */
  badge(tone: Tone, text: string): string;
  /** Lines that fit, each indented. */
  paragraph(tone: Tone, text: string, indent?: number): string[];
  /** The same behind a sign, with a hanging indent. */
  item(tone: Tone, sign: string, text: string, indent?: number): string[];
}

/** The signs of one alphabet. Each is one column wide. */
export interface Signs {
  readonly pass: string;
  readonly fail: string;
  readonly doubt: string;
  readonly skipped: string;
  readonly dot: string;
  readonly ellipsis: string;
  /** Between the ends of a range. */
  readonly range: string;
  /** Before a row that is part of the row above. */
  readonly part: string;
  /** Where a phase begins. */
  readonly bar: string;
  /** Share of success in a column, from none (first) to all (last). */
  readonly success: readonly string[];
  /** A sparkline's levels, lowest first. */
  readonly levels: readonly string[];
  readonly instant: string;
  readonly harm: string;
  readonly recovering: string;
  readonly waiting: string;
}

const UNICODE: Signs = {
  pass: "✓",
  fail: "✗",
  doubt: "?",
  skipped: "−",
  dot: "·",
  ellipsis: "…",
  range: "–",
  part: "└",
  bar: "│",
  success: ["▁", "▂", "▃", "▄", "▅", "▆", "█"],
  levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
  instant: "▲",
  harm: "━",
  recovering: "╌",
  waiting: "·",
};

const ASCII: Signs = {
  pass: "+",
  fail: "x",
  doubt: "?",
  skipped: "-",
  dot: "-",
  ellipsis: "~",
  range: "-",
  part: "-",
  bar: "|",
  success: ["x", "-", "-", "-", "=", "=", "#"],
  levels: ["_", ".", ":", "-", "=", "+", "*", "#"],
  instant: "^",
  harm: "=",
  recovering: "-",
  waiting: ".",
};

/** Paper by its options; widths below 20 count as 20. */
export function createPaper({ width, color, unicode }: PaperOptions): Paper {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  const paints: Readonly<Record<Tone, (text: string) => string>> = {
    plain: (text) => text,
    dim: chalk.dim,
    bold: chalk.bold,
    good: chalk.green,
    bad: chalk.red,
    doubt: chalk.yellow,
    accent: chalk.cyan,
  };
  const columns = Math.max(20, Math.floor(width));
  return {
    width: columns,
    signs: unicode ? UNICODE : ASCII,
    unicode,
    paint: (tone, text) => (text === "" ? "" : paints[tone](clean(text))),
    badge: (tone, text) => (color ? chalk.inverse.bold(paints[tone](` ${text} `)) : text),
    heading: (title, note = "") => {
      const painted = chalk.bold(title);
      if (note === "") return [painted];
      const beside = textWidth(title) + textWidth(note) + 2 <= columns;
      if (beside) return [`${painted}  ${chalk.dim(note)}`];
      return [painted, ...wrap(note, columns - 2).map((line) => `  ${chalk.dim(line)}`)];
    },
    item: (tone, sign, text, indent = 2) => {
      const [first = "", ...rest] = wrap(clean(text), columns - indent - 2);
      const margin = " ".repeat(indent);
      const behind = rest.map((line) => `${margin}  ${line}`);
      return [`${margin}${paints[tone](sign)} ${first}`, ...behind];
    },
    paragraph: (tone, text, indent = 0) => {
      const margin = " ".repeat(indent);
      const lines = wrap(clean(text), columns - indent);
      return lines.map((line) => `${margin}${paints[tone](line)}`);
    },
  };
}

/** Short facts joined by dots, as many to a line as fit. */
export function factLines(paper: Paper, facts: readonly string[], indent: number): string[] {
  const separator = ` ${paper.signs.dot} `;
  const lines: string[] = [];
  for (const fact of facts.map(clean)) {
    const joined = lines.length === 0 ? fact : `${lines.at(-1)}${separator}${fact}`;
    if (lines.length > 0 && textWidth(joined) <= paper.width - indent) lines.splice(-1, 1, joined);
    else lines.push(fact);
  }
  return lines.flatMap((line) => paper.paragraph("dim", line, indent));
}

/** Signs side by side, neighbours of one tone painted together; null is a blank. Nothing trails. */
export function paintStrip(
  paper: Paper,
  cells: readonly ({ readonly sign: string; readonly tone: Tone } | null)[],
): string {
  const runs: { tone: Tone; text: string }[] = [];
  const last = cells.findLastIndex((cell) => cell !== null);
  for (const cell of cells.slice(0, last + 1)) {
    const { sign, tone } = cell ?? { sign: " ", tone: "plain" };
    const run = runs.at(-1);
    if (run?.tone === tone) run.text += sign;
    else runs.push({ tone, text: sign });
  }
  return runs.map(({ tone, text }) => paper.paint(tone, text)).join("");
}
