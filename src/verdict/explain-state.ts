import { formatDuration } from "../kit/units.ts";
import type { StateTest } from "../model/assertion.ts";
import type { Timeline } from "../model/timeline.ts";
import { sentenceOf } from "./findings.ts";
import { historiesOf, type StateSpan } from "./states.ts";
import { formatMoment, harmAt, harmsOf, nameHarm } from "./when.ts";

/** `app.ready was 1 for 400ms from chaos +2.1s on, during storm#2 (crash of app2): app2 was exited.` */
export function explainState(
  timeline: Timeline,
  test: StateTest,
  broken: readonly StateSpan[],
): string {
  const first = broken[0];
  if (!first) return "";
  const what = `${test.subject}.${test.state}`;
  const harm = harmAt(harmsOf(timeline), first.from, 0);
  const during = harm ? `, during ${nameHarm(harm)}` : "";
  const us = broken.reduce((sum, { from, to }) => sum + to - from, 0);
  const how =
    test.throughout === null
      ? "at the end of the run"
      : `for ${formatDuration(us / 1000)} from ${formatMoment(timeline, first.from)} on${during}`;
  return sentenceOf([`${what} was ${describe(first)} ${how}${culprits(timeline, test, first)}`]);
}

/** `2 of 3`; of names, and of a single replica, each. */
function describe({ value, each }: StateSpan): string {
  if (value === null) return each.join(", ");
  return each.length === 1 ? String(value) : `${value} of ${each.length}`;
}

/** The replicas that did not run then. */
function culprits(timeline: Timeline, { subject }: StateTest, { from }: StateSpan): string {
  const down = historiesOf(timeline, subject).flatMap(({ name, points }) => {
    const now = points.findLast(({ t }) => t <= from)?.replica;
    if (!now || (now.state === "running" && now.ready)) return [];
    const why = now.unready === undefined ? "" : ` (${now.unready})`;
    return [`${name} was ${now.state === "running" ? `not ready${why}` : now.state}`];
  });
  return down.length === 0 ? "" : `; ${down.join(", ")}`;
}
