import type { StepTimeline, Timeline } from "../../model/timeline.ts";
import { type InjectionFacts, injectionFacts } from "../facts/injections.ts";
import { isInstantOf } from "../facts/kinds.ts";
import { columnOf, type Scale } from "../facts/strip.ts";
import { type Paper, paintStrip, type Tone } from "../paper.ts";

/** False for a step that left no trace in time: pending, skipped or without a target. */
export function hasDrawing({ startedAt, injections }: StepTimeline): boolean {
  return startedAt !== null || injections.length > 0;
}

/** A step's injections on the scale: where instant harm struck, how long held harm lasted, and the recoveries. */
export function drawStep(
  paper: Paper,
  timeline: Timeline,
  step: StepTimeline,
  scale: Scale,
): string {
  const drawing = new Drawing(scale.columns);
  const facts = injectionFacts(timeline, step);
  if (facts.every(({ injection }) => injection.target === null)) {
    const from = columnOf(scale, step.startedAt ?? 0);
    const to = columnOf(scale, step.endedAt ?? timeline.end);
    drawing.fill({ from, to, sign: paper.signs.waiting, tone: "dim" });
    return drawing.toText(paper);
  }
  for (const fact of facts) drawRecovery({ paper, timeline, scale, drawing }, fact);
  for (const fact of facts) drawHarm({ paper, timeline, scale, drawing }, step, fact);
  return drawing.toText(paper);
}

interface Context {
  readonly paper: Paper;
  readonly timeline: Timeline;
  readonly scale: Scale;
  readonly drawing: Drawing;
}

function drawRecovery({ paper, timeline, scale, drawing }: Context, fact: InjectionFacts): void {
  const { injection, state } = fact;
  const { harmEndedAt, recoveredAt } = injection;
  if (harmEndedAt === null) return;
  const from = columnOf(scale, harmEndedAt);
  const to = columnOf(scale, recoveredAt ?? timeline.end);
  const lost = state === "not recovered";
  const sign = paper.signs.recovering;
  drawing.fill({ from, to, sign, tone: lost ? "bad" : "accent" });
  if (lost) drawing.fill({ from: to, to, sign: paper.signs.fail, tone: "bad" });
}

function drawHarm(
  { paper, timeline, scale, drawing }: Context,
  step: StepTimeline,
  { injection, state }: InjectionFacts,
): void {
  const { signs } = paper;
  const { appliedAt, applyingAt, harmEndedAt } = injection;
  const from = columnOf(scale, appliedAt ?? applyingAt);
  const tone: Tone = state === "not proven" ? "doubt" : "bad";
  if (appliedAt === null) {
    drawing.fill({ from, to: from, sign: signs.fail, tone });
  } else if (!isInstantOf(step.plan, injection.kind)) {
    const to = columnOf(scale, harmEndedAt ?? timeline.end);
    drawing.fill({ from, to, sign: signs.harm, tone });
  } else {
    drawing.fill({ from, to: from, sign: signs.instant, tone });
  }
}

interface Stroke {
  readonly from: number;
  readonly to: number;
  readonly sign: string;
  readonly tone: Tone;
}

class Drawing {
  readonly #cells: (Stroke | null)[];

  constructor(columns: number) {
    this.#cells = Array.from({ length: columns }, () => null);
  }

  fill(stroke: Stroke): void {
    for (let column = stroke.from; column <= stroke.to; column++) this.#cells[column] = stroke;
  }

  toText(paper: Paper): string {
    return paintStrip(paper, this.#cells);
  }
}
