import type { Timeline } from "../../model/timeline.ts";
import type { Finding, Verdict } from "../../model/verdict.ts";
import { type Cell, type Column, grid } from "../grid.ts";
import type { Paper } from "../paper.ts";
import { STATUS_TONES, subjectText, unsaid } from "../wording.ts";

const COLUMNS: readonly Column[] = [
  { head: "" },
  { head: "assertion", least: 18 },
  { head: "measured", least: 10 },
  { head: "allowed", least: 10 },
];

/** Each finding with measured beside allowed; below those that fail or are in doubt, the sentence that says why. */
export function assertionsSection(paper: Paper, timeline: Timeline, verdict: Verdict): string[] {
  const { findings } = verdict;
  if (findings.length === 0) return paper.heading("Assertions", "none");
  const title = paper.heading("Assertions", tally(findings));
  const table = paper.width < 60 ? null : grid(paper, COLUMNS, findings.map(cellsOf(paper)));
  const body = findings.flatMap((finding, index) => [
    ...(table?.rows[index] ?? stacked(paper, finding)),
    ...explanation(paper, timeline, finding),
  ]);
  return [...title, ...(table ? [table.head] : []), ...body];
}

/** `5 hold, 1 fails` */
function tally(findings: readonly Finding[]): string {
  const count = (status: Finding["status"]) =>
    findings.filter((finding) => finding.status === status).length;
  const [pass, fail, doubt, skipped] = [
    count("pass"),
    count("fail"),
    count("inconclusive"),
    count("skipped"),
  ];
  return [
    fail > 0 ? `${fail} ${fail === 1 ? "fails" : "fail"}` : "",
    doubt > 0 ? `${doubt} in doubt` : "",
    pass > 0 ? `${pass} ${pass === 1 ? "holds" : "hold"}` : "",
    skipped > 0 ? `${skipped} skipped` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function cellsOf(paper: Paper): (finding: Finding) => Cell[] {
  return (finding) => {
    const tone = STATUS_TONES[finding.status];
    const skipped = finding.status === "skipped";
    return [
      { text: signOf(paper, finding), tone },
      { text: nameOf(finding), ...(skipped && { tone }) },
      { text: finding.measured, tone },
      { text: finding.allowed, tone: "dim" },
    ];
  };
}

function stacked(paper: Paper, finding: Finding): string[] {
  const { measured, allowed } = finding;
  const numbers = allowed === "" ? measured : `${measured}, allowed: ${allowed}`;
  const tone = STATUS_TONES[finding.status];
  return [
    ...paper.item(tone, signOf(paper, finding), nameOf(finding), 0),
    ...paper.paragraph(tone, numbers, 2),
  ];
}

function explanation(paper: Paper, timeline: Timeline, finding: Finding): string[] {
  if (finding.status === "pass") return [];
  const indent = paper.width < 60 ? 2 : 5;
  if (finding.status === "skipped") return paper.paragraph("dim", finding.sentence, indent);
  const { file } = timeline.header.plan;
  const place = file === null || finding.line === null ? "" : `${file}:${finding.line}`;
  return [
    ...paper.paragraph("plain", finding.sentence, indent),
    ...unsaid(finding.doubts, finding.sentence).flatMap((doubt) =>
      paper.item("doubt", paper.signs.doubt, doubt, indent),
    ),
    ...(finding.why === null ? [] : paper.paragraph("plain", `why: ${finding.why}`, indent)),
    ...(place === "" ? [] : paper.paragraph("dim", place, indent)),
  ].filter((line) => line.trim() !== "");
}

function nameOf(finding: Finding): string {
  const subject = subjectText(finding);
  return subject === "" ? finding.assertion : `${finding.assertion} (${subject})`;
}

function signOf({ signs }: Paper, { status }: Finding): string {
  return {
    pass: signs.pass,
    fail: signs.fail,
    inconclusive: signs.doubt,
    skipped: signs.skipped,
  }[status];
}
