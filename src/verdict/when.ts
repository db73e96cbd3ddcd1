import { formatDuration } from "../kit/units.ts";
import { aimOf } from "../model/plan.ts";
import type { InjectionTimeline, Span, StepTimeline, Timeline } from "../model/timeline.ts";
import { harmSpan } from "./windows.ts";

/** A moment for people: `chaos +2.1s`; before the chaos began, from the start of the phase it lies in. */
export function formatMoment(timeline: Timeline, t: number): string {
  const begun = timeline.phases.filter(({ from }) => from <= t);
  const chaos = begun.find(({ phase }) => phase === "chaos");
  const phase = chaos ?? begun.at(-1);
  if (!phase) return `+${seconds(t)}`;
  return `${phase.phase} +${seconds(t - phase.from)}`;
}

/** `between chaos +2.1s and +2.6s`, or `at chaos +2.1s`. */
export function formatStretch(timeline: Timeline, { from, to }: Span): string {
  const [first, last] = [formatMoment(timeline, from), formatMoment(timeline, to)];
  if (first === last) return `at ${first}`;
  const [phase] = first.split(" ");
  const short = last.startsWith(`${phase} `) ? last.slice(last.indexOf(" ") + 1) : last;
  return `between ${first} and ${short}`;
}

/** An injection with its step. */
export interface Harm {
  readonly step: StepTimeline;
  readonly injection: InjectionTimeline;
  readonly span: Span;
}

/** Every harm of the run with the time it was on, in order. */
export function harmsOf(timeline: Timeline): readonly Harm[] {
  return timeline.steps
    .flatMap((step) =>
      step.injections
        .filter(({ target }) => target !== null || step.plan.staged)
        .map((injection) => ({ step, injection, span: harmSpan(timeline, step, injection) })),
    )
    .sort((a, b) => a.span.from - b.span.from);
}

/** The harm that was on at `t`, or whose aftermath of `tailUs` it lies in: the one that began last. */
export function harmAt(harms: readonly Harm[], t: number, tailUs: number): Harm | null {
  return harms.findLast(({ span }) => span.from <= t && t <= span.to + tailUs) ?? null;
}

/** `storm#2 (crash of app2)`; one with stages chooses its targets by itself: `update#1 (rollout of app)`. */
export function nameHarm({ injection, step: { plan } }: Harm): string {
  const name = injection.target?.name ?? aimOf(plan) ?? "the stack";
  return `${injection.id} (${injection.kind} of ${name})`;
}

/** Tenths of a second below a minute: enough to find the place in a log. */
function seconds(us: number): string {
  return us < 60e6 ? `${(us / 1e6).toFixed(1)}s` : formatDuration(us / 1000);
}
