import type { Timeline } from "../../model/timeline.ts";
import type { Verdict } from "../../model/verdict.ts";
import type { Paper } from "../paper.ts";
import { textWidth } from "../text-width.ts";
import { endingText, STATUS_TONES, unsaid, VERDICT_WORDS } from "../wording.ts";

/** The verdict, the scenario, one sentence, and what stands against believing it. */
export function headlineSection(paper: Paper, timeline: Timeline, verdict: Verdict): string[] {
  const tone = STATUS_TONES[verdict.verdict];
  const badge = paper.badge(tone, VERDICT_WORDS[verdict.verdict]);
  const { name } = timeline.header.plan;
  const room = paper.width - textWidth(VERDICT_WORDS[verdict.verdict]) - 4;
  const { summary } = verdict;
  const endings = unsaid([endingText(timeline)], summary).filter((text) => text !== "");
  return [
    ...(textWidth(name) <= room
      ? [`${badge}  ${paper.paint("bold", name)}`]
      : [badge, ...paper.paragraph("bold", name)]),
    ...(summary === "" ? [] : paper.paragraph("plain", summary)),
    ...endings.flatMap((ending) => paper.paragraph("doubt", ending)),
    ...unsaid(verdict.doubts, [summary, ...endings].join("\n")).flatMap((doubt) =>
      paper.item("doubt", paper.signs.doubt, doubt),
    ),
  ];
}
