import type { Timeline } from "../model/timeline.ts";
import type { Verdict } from "../model/verdict.ts";
import { createPaper, type PaperOptions } from "./paper.ts";
import { answersSection } from "./terminal/answers.ts";
import { assertionsSection } from "./terminal/assertions.ts";
import { failuresSection } from "./terminal/failures.ts";
import { footerSection } from "./terminal/footer.ts";
import { headlineSection } from "./terminal/headline.ts";
import { stepsSection } from "./terminal/steps.ts";
import { stripsSection } from "./terminal/strips.ts";
import { testerSection } from "./terminal/tester.ts";
import { windowsSection } from "./terminal/windows.ts";

export interface TerminalOptions extends PaperOptions {
  /** The run's directory, for the commands to look again; null when it was not kept. */
  readonly runPath: string | null;
}

/** The report for people: the verdict first, then why, then everything that helps to believe it. No line break at the end. */
export function terminalReport(
  timeline: Timeline,
  verdict: Verdict,
  options: TerminalOptions,
): string {
  const paper = createPaper(options);
  const sections = [
    headlineSection(paper, timeline, verdict),
    stripsSection(paper, timeline),
    assertionsSection(paper, timeline, verdict),
    windowsSection(paper, timeline),
    failuresSection(paper, timeline),
    stepsSection(paper, timeline),
    answersSection(paper, timeline),
    testerSection(paper, timeline),
    footerSection(paper, timeline, options.runPath),
  ];
  const texts = sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return texts.join("\n\n");
}
