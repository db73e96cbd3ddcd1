import type { Timeline, TrafficTimeline } from "../../model/timeline.ts";
import { type StripCell, scaleOf, stripOf } from "../facts/strip.ts";
import { factLines, type Paper, paintStrip, type Tone } from "../paper.ts";
import { clean, pad, shorten, textWidth } from "../text-width.ts";
import { micros } from "../wording.ts";
import { axisLine, phaseLine } from "./axis.ts";
import { drawStep, hasDrawing } from "./step-strip.ts";

/** More steps than these are not drawn, only listed further down. */
const MOST_STEPS = 12;
/** Below this width the strip of latency is left out. */
const ROOMY = 60;

/** The run on one scale: phases, each traffic's success (and slowest answers), the steps, and the time. */
export function stripsSection(paper: Paper, timeline: Timeline): string[] {
  const drawn = timeline.steps.filter(hasDrawing);
  const steps = drawn.slice(0, MOST_STEPS);
  const labels = [
    ...timeline.traffic.map(({ plan }) => plan.name),
    ...steps.map(({ plan }) => plan.id),
    paper.width < ROOMY ? "" : "slowest",
  ];
  const longest = Math.max(...labels.map((label) => textWidth(clean(label))));
  const labelWidth = Math.min(longest, Math.floor(paper.width / 4));
  const scale = scaleOf(timeline, paper.width - labelWidth - 4);
  const row = (label: string, drawing: string, tone: Tone = "plain") => {
    const name = pad(shorten(clean(label), labelWidth, paper.signs.ellipsis), labelWidth);
    return `  ${paper.paint(tone, name)}  ${drawing}`.trimEnd();
  };
  return [
    row("", phaseLine(paper, timeline, scale)),
    ...timeline.traffic.flatMap((traffic) => {
      const cells = stripOf(traffic, scale);
      const success = row(traffic.plan.name, successStrip(paper, cells), "bold");
      return paper.width < ROOMY
        ? [success]
        : [success, row("slowest", latencyStrip(paper, cells), "dim")];
    }),
    ...steps.map((step) => row(step.plan.id, drawStep(paper, timeline, step, scale))),
    ...(drawn.length > steps.length
      ? [row("", paper.paint("dim", `and ${drawn.length - steps.length} more steps`))]
      : []),
    row("", axisLine(paper, timeline, scale)),
    ...legend(paper, timeline, drawn.length > 0),
  ];
}

function successStrip(paper: Paper, cells: readonly (StripCell | null)[]): string {
  return paintStrip(
    paper,
    cells.map((cell) => cell && { sign: successSign(paper, cell), tone: successTone(cell) }),
  );
}

function successTone({ sent, ok }: StripCell): Tone {
  if (ok === sent) return "good";
  return ok === 0 ? "bad" : "doubt";
}

/** Only a column without any failure gets the full height. */
function successSign(paper: Paper, { sent, ok }: StripCell): string {
  const { success } = paper.signs;
  const top = success.length - 1;
  if (ok === sent) return success[top] as string;
  if (ok === 0) return success[0] as string;
  return success[Math.max(1, Math.min(top - 1, Math.ceil((ok / sent) * (top - 1))))] as string;
}

/** Logarithmic, from the fastest column's slowest answer up; at least a factor of 16 for the full height. */
function latencyStrip(paper: Paper, cells: readonly (StripCell | null)[]): string {
  const values = cells.flatMap((cell) => (cell !== null && cell.max > 0 ? [cell.max] : []));
  if (values.length === 0) return "";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = Math.max(Math.log(16), Math.log(high / low));
  const { levels } = paper.signs;
  const strip = cells
    .map((cell) => {
      if (cell === null || cell.max === 0) return " ";
      const level = Math.round((Math.log(cell.max / low) / range) * (levels.length - 1));
      return levels[level] as string;
    })
    .join("");
  return paper.paint("accent", strip);
}

function legend(paper: Paper, timeline: Timeline, withSteps: boolean): string[] {
  const { signs } = paper;
  const middle = signs.success[Math.floor(signs.success.length / 2)] as string;
  const slowest = timeline.traffic.flatMap(slowestOf);
  const success = `${signs.success.at(-1)} all succeeded, ${middle} some failed, ${signs.success[0]} none succeeded`;
  const steps = `${signs.instant} struck, ${signs.harm} held, ${signs.recovering} recovering`;
  const latency =
    paper.width < ROOMY || slowest.length === 0
      ? ""
      : `slowest: up to ${micros(Math.max(...slowest))}`;
  const parts = [success, withSteps ? steps : "", latency].filter((part) => part !== "");
  return ["", ...factLines(paper, parts, 2)];
}

function slowestOf({ buckets }: TrafficTimeline): number[] {
  const max = buckets.reduce((largest, bucket) => Math.max(largest, bucket.max), 0);
  return max > 0 ? [max] : [];
}
