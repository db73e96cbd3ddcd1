import type { SampleRecord } from "../../model/journal.ts";
import type { Timeline } from "../../model/timeline.ts";
import { formatCount } from "../../verdict/measured.ts";
import { formatMoment } from "../../verdict/when.ts";
import { firstFailures } from "../facts/interruptions.ts";
import { type Cell, type Column, grid } from "../grid.ts";
import type { Paper } from "../paper.ts";
import { micros } from "../wording.ts";

const MOST = 5;

const COLUMNS: readonly Column[] = [
  { head: "due at" },
  { head: "traffic", least: 6 },
  { head: "class" },
  { head: "after", align: "end" },
  { head: "what came", least: 16 },
  { head: "request id", least: 14 },
];

/** The first requests that failed, whole, to look them up in logs and traces. */
export function failuresSection(paper: Paper, timeline: Timeline): string[] {
  const { samples, left } = firstFailures(timeline, MOST);
  if (samples.length === 0) return [];
  const more = left === 0 ? "" : `and ${formatCount(left)} more in the journal`;
  const title = paper.heading("First failures", more);
  const table = grid(
    paper,
    COLUMNS,
    samples.map((sample) => cellsOf(timeline, sample)),
  );
  if (table) return [...title, table.head, ...table.rows.flat()];
  return [
    ...title,
    ...samples.flatMap((sample) => {
      const [at, traffic, name, took, came, id] = cellsOf(timeline, sample).map(({ text }) => text);
      const text = `${at} ${traffic} ${name} after ${took}: ${came} (${id})`;
      return paper.item("bad", paper.signs.fail, text);
    }),
  ];
}

function cellsOf(timeline: Timeline, sample: SampleRecord): Cell[] {
  const { t, traffic, class: name, tookUs, status, replica, version, detail, id } = sample;
  const who = [replica, version].filter((part) => part !== null).join(" ");
  const code = status === null || detail.includes(String(status)) ? "" : String(status);
  const came = [code, who, detail];
  return [
    { text: formatMoment(timeline, t) },
    { text: traffic },
    { text: name, tone: "bad" },
    { text: micros(tookUs) },
    { text: came.filter((part) => part !== "").join(" ") },
    { text: id, tone: "dim" },
  ];
}
