import type { StepTimeline, Timeline } from "../../model/timeline.ts";
import { plural } from "../../verdict/measured.ts";
import { formatMoment } from "../../verdict/when.ts";
import { weakBasis } from "../facts/basis.ts";
import { type InjectionFacts, injectionFacts, isNoteworthy } from "../facts/injections.ts";
import { kindText } from "../facts/kinds.ts";
import { stagesOf } from "../facts/stages.ts";
import { type Cell, type Column, grid } from "../grid.ts";
import type { Paper, Tone } from "../paper.ts";
import { injectionOutcome, injectionRecovery, micros } from "../wording.ts";

/** Of a step with more injections than these, only the noteworthy ones are listed. */
const FEW = 8;

const COLUMNS: readonly Column[] = [
  { head: "injection", least: 10 },
  { head: "target", least: 6 },
  { head: "at", align: "end" },
  { head: "held", align: "end" },
  { head: "outcome", least: 10 },
  { head: "recovery", least: 8 },
];

/** Every step with its injections: whom it struck, when, was it proven, how long until recovered. */
export function stepsSection(paper: Paper, timeline: Timeline): string[] {
  if (timeline.steps.length === 0) return [];
  const title = paper.heading("Steps");
  const basis = weakBasis(timeline).flatMap((note) => paper.paragraph("dim", note, 2));
  const lines = timeline.steps.flatMap((step) => stepLines(paper, timeline, step));
  return [...title, ...lines, ...basis];
}

function stepLines(paper: Paper, timeline: Timeline, step: StepTimeline): string[] {
  const { plan, detail } = step;
  const facts = injectionFacts(timeline, step);
  const listed = facts.length <= FEW ? facts : facts.filter(isNoteworthy).slice(0, FEW);
  const harmed = facts.some(isNoteworthy) || step.stage === "not-injected";
  const said = detail === "" ? "" : `: ${detail}`;
  const head = `${plan.id}: ${kindText(plan)}${stageText(step, facts)}${said}`;
  const stages = stagesOf(timeline, step).flatMap(({ t, text }) =>
    paper.item("plain", paper.signs.dot, `${formatMoment(timeline, t)} ${text}`, 4),
  );
  return [
    ...paper.paragraph(harmed ? "doubt" : stageTone(step), head, 2),
    ...stages,
    ...injectionLines(paper, timeline, listed, plan.alternatives !== undefined),
  ];
}

function stageTone({ stage }: StepTimeline): Tone {
  return stage === "skipped" || stage === "pending" ? "dim" : "bold";
}

function stageText(step: StepTimeline, facts: readonly InjectionFacts[]): string {
  if (step.stage === "skipped") return ", skipped";
  if (step.stage === "not-injected" && facts.length === 0) return ", not injected";
  if (facts.length === 0) return step.startedAt === null ? ", never started" : "";
  if (facts.every(({ injection }) => injection.target === null)) return "";
  const parts = [
    ` of ${targetsText(facts)}`,
    facts.length > 1 ? plural(facts.length, "injection") : "",
    provenText(facts),
    recoveryText(facts),
    missedText(step, facts),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** `app1`, or `app1 98, app2 101, app3 101` of many. */
function targetsText(facts: readonly InjectionFacts[]): string {
  const counts = new Map<string, number>();
  for (const { injection } of facts) {
    const name = injection.target?.name ?? "the stack";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = [...counts].sort(([a], [b]) => a.localeCompare(b));
  return names.map(([name, count]) => (count > 1 ? `${name} (${count}x)` : name)).join(", ");
}

function missedText({ stage }: StepTimeline, facts: readonly InjectionFacts[]): string {
  if (stage !== "not-injected") return "";
  return facts.every(({ state }) => state === "failed") ? "not injected" : "in part not injected";
}

function provenText(facts: readonly InjectionFacts[]): string {
  if (facts.every(({ state }) => state === "failed")) return "";
  const proven = facts.filter(({ injection }) => injection.proven === true).length;
  if (proven === facts.length) return facts.length > 1 ? "all proven" : "proven";
  return facts.length > 1 ? `${proven} proven` : "not proven";
}

function recoveryText(facts: readonly InjectionFacts[]): string {
  const times = facts.flatMap(({ recovery }) => (recovery === null ? [] : [recovery]));
  times.sort((a, b) => a - b);
  const [least, most] = [times[0], times.at(-1)];
  if (least === undefined || most === undefined) return "";
  if (times.length === 1) return `recovered in ${micros(least)}`;
  const median = times[Math.floor((times.length - 1) / 2)] as number;
  return `recovered in ${micros(least)} to ${micros(most)} (median ${micros(median)})`;
}

function injectionLines(
  paper: Paper,
  timeline: Timeline,
  facts: readonly InjectionFacts[],
  random: boolean,
): string[] {
  if (facts.every(({ injection }) => injection.target === null)) return [];
  const cells = (fact: InjectionFacts) => cellsOf(timeline, fact, random);
  const table = grid(paper, COLUMNS, facts.map(cells), 4);
  if (table) return [table.head, ...table.rows.flat()];
  return facts.flatMap((fact) => {
    const [id, target, at, held, outcome] = cells(fact).map(({ text }) => text);
    const lasted = held === "" ? "" : ` for ${held}`;
    return paper.item(
      toneOf(fact),
      isNoteworthy(fact) ? paper.signs.doubt : paper.signs.dot,
      `${id} ${target} at ${at}${lasted}: ${outcome}${recoverySentence(fact)}`,
      4,
    );
  });
}

/** Of a random step, what was done belongs to whom it was done to. */
function cellsOf(timeline: Timeline, fact: InjectionFacts, random: boolean): Cell[] {
  const { injection, held } = fact;
  return [
    { text: injection.id },
    { text: `${random ? `${injection.kind} of ` : ""}${injection.target?.name ?? ""}` },
    { text: formatMoment(timeline, injection.appliedAt ?? injection.applyingAt) },
    { text: held === null ? "" : micros(held) },
    {
      text: injectionOutcome(fact),
      ...(fact.state === "not recovered" ? {} : { tone: toneOf(fact) }),
    },
    { text: injectionRecovery(fact), tone: toneOf(fact) },
  ];
}

function recoverySentence({ recovery, state }: InjectionFacts): string {
  if (recovery !== null) return `, recovered in ${micros(recovery)}`;
  if (state === "failed") return "";
  return state === "not recovered" ? ", never recovered" : ", recovery undecided";
}

function toneOf({ state }: InjectionFacts): Tone {
  if (state === "failed" || state === "not recovered") return "bad";
  return state === "not proven" || state === "undecided" ? "doubt" : "good";
}
