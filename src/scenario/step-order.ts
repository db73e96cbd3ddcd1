import { didYouMean } from "../kit/suggest.ts";
import type { StepMoment, StepPlan } from "../model/plan.ts";
import type { ParseContext } from "./context.ts";
import type { Placed, StepShape } from "./gather.ts";

/** A step with the place it was written at. */
export interface PlacedStep {
  readonly plan: StepPlan;
  readonly placed: Placed<StepShape>;
}

/** How steps hang together: none waits for itself in a circle, none for a later one. Generated steps are known by `others`. */
export function checkOrder(
  context: ParseContext,
  steps: readonly PlacedStep[],
  others: readonly string[],
): void {
  const circles = findCircles(steps.map(({ plan }) => plan));
  const inCircle = new Set(circles.flat());
  for (const circle of circles) reportCircle(context, steps, circle);
  steps.forEach(({ plan, placed }, index) => {
    const earlier = new Set([...others, ...steps.slice(0, index).map((step) => step.plan.id)]);
    const { start, target, id } = plan;
    if (start.at === "step" && !earlier.has(start.step) && !inCircle.has(id)) {
      reportLater(context, placed, "when", start.step);
    }
    if (target?.by === "same-as") checkSameAs(context, { plan, placed }, steps, earlier);
  });
}

function checkSameAs(
  context: ParseContext,
  { plan, placed }: PlacedStep,
  steps: readonly PlacedStep[],
  earlier: ReadonlySet<string>,
): void {
  if (plan.target?.by !== "same-as") return;
  const { step } = plan.target;
  const other = steps.find((each) => each.plan.id === step)?.plan;
  const place = { source: placed.source, path: [...placed.path, "target", "same-as"] };
  if (earlier.has(step) && (other === undefined || other.target !== null)) return;
  if (other === undefined || step === plan.id) {
    const hint = didYouMean(step, [...earlier]);
    context.problems.add({ ...place, message: `there is no earlier step "${step}"`, hint });
  } else if (other.target === null) {
    const hint = "name a step with a target";
    context.problems.add({ ...place, message: `${step} acts on no replica`, hint });
  } else {
    const hint = `move ${step} above ${plan.id}`;
    context.problems.add({ ...place, message: `${step} is a later step`, hint });
  }
}

function reportLater(
  { problems }: ParseContext,
  placed: Placed<StepShape>,
  key: "when",
  step: string,
): void {
  const { source, path, value } = placed;
  const hint = `move ${step} above ${value.id}`;
  problems.add({ source, path: [...path, key], message: `${step} is a later step`, hint });
}

function reportCircle(
  { problems }: ParseContext,
  steps: readonly PlacedStep[],
  circle: readonly string[],
): void {
  const step = steps.find(({ plan }) => circle.includes(plan.id));
  if (step === undefined) return;
  const { source, path, value } = step.placed;
  const at = circle.indexOf(step.plan.id);
  const round = [...circle.slice(at), ...circle.slice(0, at), step.plan.id].join(" -> ");
  const key = value.when === undefined ? "until" : "when";
  problems.add({
    source,
    path: [...path, key],
    message: `steps wait for each other: ${round}`,
    hint: "give one of them a time: at: 0s, or for: 5s",
  });
}

type Moment = { readonly step: string; readonly when: StepMoment };

/** The steps of each circle of moments that wait for each other, by depth-first search; each circle once. */
function findCircles(steps: readonly StepPlan[]): string[][] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const done = new Set<string>();
  const circles: string[][] = [];
  const visit = (moment: Moment, trail: readonly Moment[]): void => {
    const key = keyOf(moment);
    const from = trail.findIndex((each) => keyOf(each) === key);
    if (from !== -1) {
      circles.push([...new Set(trail.slice(from).map(({ step }) => step))]);
      return;
    }
    if (done.has(key)) return;
    const step = byId.get(moment.step);
    for (const next of step === undefined ? [] : waitsFor(step, moment.when)) {
      visit(next, [...trail, moment]);
    }
    done.add(key);
  };
  for (const { id } of steps) visit({ step: id, when: "recovered" }, []);
  return circles;
}

/** What must have happened before this moment of a step. */
function waitsFor({ id, start, end }: StepPlan, when: StepMoment): Moment[] {
  if (when === "recovered") return [{ step: id, when: "ended" }];
  if (when === "started")
    return start.at === "step" ? [{ step: start.step, when: start.when }] : [];
  const until = end?.after === "step" ? [{ step: end.step, when: end.when }] : [];
  return [{ step: id, when: "started" }, ...until];
}

function keyOf({ step, when }: Moment): string {
  return `${step} ${when}`;
}
