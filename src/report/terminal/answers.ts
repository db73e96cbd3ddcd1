import type { Timeline } from "../../model/timeline.ts";
import { formatCount } from "../../verdict/measured.ts";
import { type AnswerShare, answerShares } from "../facts/answers.ts";
import { type Cell, grid } from "../grid.ts";
import type { Paper } from "../paper.ts";
import { mixText } from "../wording.ts";

/** Which replica and which version gave the answers, in the whole run and in each phase. */
export function answersSection(paper: Paper, timeline: Timeline): string[] {
  const shares = answerShares(timeline);
  const title = paper.heading("Who answered");
  if (shares.length === 0) {
    const { replica, version } = timeline.header.identify;
    const silent = replica || version ? "no answer named anybody" : "answers do not name anybody";
    return [...title, ...paper.paragraph("dim", silent, 2)];
  }
  const many = timeline.traffic.length > 1;
  const phases = shares[0]?.phases ?? [];
  const columns = [
    { head: many ? "traffic" : "", least: 6 },
    { head: "by", least: 6 },
    { head: "answers", align: "end" as const },
    { head: "whole run", align: "end" as const },
    ...phases.map(({ phase }) => ({ head: phase as string, align: "end" as const })),
  ].slice(many ? 0 : 1);
  const rows = shares.map((share, index) => {
    const repeated = shares[index - 1]?.traffic === share.traffic;
    return cellsOf(share, repeated).slice(many ? 0 : 1);
  });
  const table = grid(paper, columns, rows);
  if (table) return [...title, table.head, ...table.rows.flat()];
  return [...title, ...shares.flatMap((share) => stacked(paper, share, many))];
}

function cellsOf(
  { traffic, name, answers, share, phases }: AnswerShare,
  repeated: boolean,
): Cell[] {
  return [
    { text: repeated ? "" : traffic },
    { text: name },
    { text: formatCount(answers) },
    { text: mixText(share) },
    ...phases.map((phase): Cell => ({ text: mixText(phase.share), tone: "dim" })),
  ];
}

function stacked(paper: Paper, share: AnswerShare, many: boolean): string[] {
  const of = many ? `${share.traffic} ` : "";
  return paper.paragraph("plain", `${of}${share.name}: ${mixText(share.share)}`, 2);
}
