import type { Timeline } from "../../model/timeline.ts";
import type { Verdict } from "../../model/verdict.ts";
import type { Paper } from "../paper.ts";
import { textWidth } from "../text-width.ts";
import { endingText, STATUS_TONES, VERDICT_WORDS } from "../wording.ts";

/** The verdict, the scenario, one sentence, and what stands against believing it. */
export function headlineSection(paper: Paper, timeline: Timeline, verdict: Verdict): string[] {
  const tone = STATUS_TONES[verdict.verdict];
  const badge = paper.badge(tone, VERDICT_WORDS[verdict.verdict]);
  const { name } = timeline.header.plan;
  const room = paper.width - textWidth(VERDICT_WORDS[verdict.verdict]) - 4;
  const ending = endingText(timeline);
  return [
    ...(textWidth(name) <= room
      ? [`${badge}  ${paper.paint("bold", name)}`]
      : [badge, ...paper.paragraph("bold", name)]),
    ...(verdict.summary === "" ? [] : paper.paragraph("plain", verdict.summary)),
    ...(ending === "" || verdict.summary.includes(ending) ? [] : paper.paragraph("doubt", ending)),
    ...verdict.doubts.flatMap((doubt) => paper.item("doubt", paper.signs.doubt, doubt)),
  ];
}
