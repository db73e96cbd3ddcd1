import type { Timeline } from "../../model/timeline.ts";
import { columnOf, type Scale } from "../facts/strip.ts";
import type { Paper } from "../paper.ts";
import { micros } from "../wording.ts";

/** A mark and the name of each phase where it begins; names that do not fit are cut or left out. */
export function phaseLine(paper: Paper, timeline: Timeline, scale: Scale): string {
  const line: string[] = Array.from({ length: scale.columns }, () => " ");
  for (const { phase, from, to } of timeline.phases) {
    const first = columnOf(scale, from);
    const last = columnOf(scale, to - 1);
    line[first] = paper.signs.bar;
    const room = last - first;
    const name = room < phase.length && room < 3 ? "" : phase.slice(0, room);
    for (const [index, char] of [...name].entries()) line[first + 1 + index] = char;
  }
  return paper.paint("dim", line.join("").trimEnd());
}

/** Times at round steps, each at its column: `+5s` and `-5s` count from the start of chaos, as everything else said of a run does. */
export function axisLine(paper: Paper, timeline: Timeline, scale: Scale): string {
  const every = roundStep((scale.to - scale.from) / Math.max(1, Math.floor(scale.columns / 9)));
  const zero = timeline.phases.find(({ phase }) => phase === "chaos")?.from ?? scale.from;
  const first = zero - Math.floor((zero - scale.from) / every) * every;
  let line = "";
  for (let t = first; t < scale.to; t += every) {
    const column = columnOf(scale, t);
    const text = axisText(t - zero);
    if (column < line.length + (line === "" ? 0 : 2) || column + text.length > scale.columns) {
      continue;
    }
    line = `${line.padEnd(column)}${text}`;
  }
  return paper.paint("dim", line);
}

function axisText(us: number): string {
  if (us === 0) return "0s";
  return us < 0 ? micros(us) : `+${micros(us)}`;
}

const STEPS_MS = [
  1, 10, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  1_800_000, 3_600_000,
];

function roundStep(least: number): number {
  const step = STEPS_MS.find((ms) => ms * 1000 >= least);
  return step === undefined ? least : step * 1000;
}
