import { formatDuration } from "../kit/units.ts";
import type { Plan, StepPlan, TargetPlan } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";
import { deedOf, occurrenceDue } from "./schedule-times.ts";
import { rankNames, wantedCount } from "./targets.ts";
import { timingOf } from "./timing.ts";

/** What `aegis chaos plan` prints: the schedule as far as it is known before the run, with every replica taken for ready. */
export interface Preview {
  readonly rows: readonly PreviewRow[];
  /** Warm-up, baseline, chaos and recovery, at least, in ms. */
  readonly leastMs: number;
}

export interface PreviewRow {
  readonly step: string;
  /** `crash`, or of a monkey `crash | pause`. */
  readonly kind: string;
  /** `0s`, `hit recovered + 2s` */
  readonly start: string;
  /** `for 6s`, `until rest ended`; null for instant ones. */
  readonly end: string | null;
  /** `every 2s +0..500ms, 5 times`; null when it happens once. */
  readonly repeat: string | null;
  /** In words: `1 of app`, `app1`, `same as freeze`; null without a target. */
  readonly target: string | null;
  readonly occurrences: readonly PreviewOccurrence[];
  /** Further occurrences that are not listed; null: without end. */
  readonly more: number | null;
}

export interface PreviewOccurrence {
  /** 1-based. */
  readonly number: number;
  readonly kind: string;
  /** ms since chaos began, the earliest; null when it waits for what nobody can foresee. */
  readonly atMs: number | null;
  /** Replicas in the order they are chosen; the first `wanted` are harmed. */
  readonly ranking: readonly string[];
  readonly wanted: number;
}

const LISTED = 20;

/** Pure: the same plan and stack give the same preview, and a run on a well stack harms the same replicas. */
export function preview(plan: Plan, stack: Stack): Preview {
  const names = (service: string): string[] =>
    stack.replicas.filter((each) => each.service === service).map(({ name }) => name);
  const timing = timingOf(plan.steps, plan.phases, (service) => names(service).length);
  const { warmupMs, baselineMs, recoveryMs } = plan.phases;
  const rows = plan.steps.map((step): PreviewRow => {
    const foreseen = step.start.at === "time" || step.start.when === "started";
    const start = foreseen ? (timing.steps.get(step.id)?.start ?? 0) : null;
    const { listed, more } = occurrencesOf(plan, step, start, names);
    return { ...describe(step), occurrences: listed, more };
  });
  return { rows, leastMs: warmupMs + baselineMs + timing.chaosMs + recoveryMs };
}

function occurrencesOf(
  plan: Plan,
  step: StepPlan,
  start: number | null,
  names: (service: string) => string[],
): { readonly listed: PreviewOccurrence[]; readonly more: number | null } {
  const listed: PreviewOccurrence[] = [];
  const endless = step.repeat !== null && step.repeat.times === null && step.repeat.forMs === null;
  let count = 0;
  for (; count < 1000; count++) {
    const due = occurrenceDue(step, plan.seed, count, 0);
    if (due === null) break;
    if (count >= LISTED && endless) return { listed, more: null };
    if (count >= LISTED) continue;
    listed.push({
      number: count + 1,
      kind: deedOf(plan, step, count).kind,
      atMs: start === null ? null : start + due / 1000,
      ...choiceOf(plan, step, count, names),
    });
  }
  return { listed, more: count - listed.length };
}

function choiceOf(
  { seed }: Plan,
  { id, target }: StepPlan,
  occurrence: number,
  names: (service: string) => string[],
): Pick<PreviewOccurrence, "ranking" | "wanted"> {
  if (target?.by === "replica") return { ranking: [target.replica], wanted: 1 };
  if (target?.by !== "service") return { ranking: [], wanted: 0 };
  const all = names(target.service);
  const ranking = rankNames(all, { seed, step: id, occurrence });
  return { ranking, wanted: wantedCount(target.pick, all.length) };
}

function describe(step: StepPlan): Omit<PreviewRow, "occurrences" | "more"> {
  const { start, end, repeat, target, alternatives } = step;
  const plus = start.at === "step" && start.plusMs > 0 ? ` + ${time(start.plusMs)}` : "";
  return {
    step: step.id,
    kind: alternatives?.map(({ kind }) => kind).join(" | ") ?? step.kind,
    start: start.at === "time" ? time(start.ms) : `${start.step} ${start.when}${plus}`,
    end: end === null || alternatives !== undefined ? null : describeEnd(end),
    repeat: repeat === null ? null : describeRepeat(repeat),
    target: target === null ? null : describeTarget(target),
  };
}

function describeEnd(end: NonNullable<StepPlan["end"]>): string {
  return end.after === "time" ? `for ${time(end.ms)}` : `until ${end.step} ${end.when}`;
}

function describeRepeat({
  everyMs,
  jitterMs,
  times,
  forMs,
}: NonNullable<StepPlan["repeat"]>): string {
  const jitter = jitterMs > 0 ? ` +0..${time(jitterMs)}` : "";
  if (times !== null) return `every ${time(everyMs)}${jitter}, ${times} times`;
  return `every ${time(everyMs)}${jitter}${forMs === null ? "" : `, for ${time(forMs)}`}`;
}

function describeTarget(target: TargetPlan): string {
  if (target.by === "replica") return target.replica;
  if (target.by === "same-as") return `same as ${target.step}`;
  const { pick, service, only, prefer, oneByOne } = target;
  const details = [
    ...(only === "any" ? [] : [`only ${only}`]),
    ...(prefer === "random" ? [] : [`the ${prefer} first`]),
    ...(oneByOne ? ["one by one"] : []),
  ];
  return [`${describePick(pick)} of ${service}`, ...details].join(", ");
}

function describePick(pick: Extract<TargetPlan, { by: "service" }>["pick"]): string {
  switch (pick.kind) {
    case "all":
      return "all";
    case "all-but":
      return `all but ${pick.count}`;
    case "count":
      return String(pick.count);
    case "share":
      return `${Number((pick.share * 100).toFixed(6))}%`;
  }
}

function time(ms: number): string {
  return ms === 0 ? "0s" : formatDuration(ms);
}
