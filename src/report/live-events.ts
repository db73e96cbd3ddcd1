import type { InjectionRecord, JournalRecord, OutageRecord, StepRecord } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import { plural } from "../verdict/measured.ts";
import { isInstant } from "./facts/kinds.ts";
import { stageText } from "./facts/stages.ts";
import type { ActiveInjection, LiveState } from "./live.ts";
import type { Paper, Tone } from "./paper.ts";
import { pad } from "./text-width.ts";
import { micros } from "./wording.ts";

/** Something that a person who watches a log wants to read. */
export interface LiveEvent {
  /** µs since run start. */
  readonly t: number;
  readonly tone: Tone;
  readonly text: string;
}

/** Outages are told once a second at most: a stack that fails now and then must not flood a log. */
const OUTAGES_EVERY_US = 1_000_000;

/** `  12.06s  storm#1: crash of app2` */
export function eventLine(paper: Paper, { t, tone, text }: LiveEvent): string {
  const time = t === 0 ? "0s" : micros(Math.round(t / 10_000) * 10_000);
  return `${paper.paint("dim", pad(time, 8, "end"))}  ${paper.paint(tone, text)}`;
}

/** What a record, and the outages that were kept back until now, are worth a line for. */
export function eventsOf(
  { plan, active, untold: before }: Pick<LiveState, "plan" | "active" | "untold">,
  record: JournalRecord,
  now: number,
): { readonly events: readonly LiveEvent[]; readonly untold: readonly OutageRecord[] } {
  const untold = record.type === "outage" ? [...before, record] : before;
  const first = untold[0];
  const due = first && (now - first.until >= OUTAGES_EVERY_US || record.type === "run");
  const own = ownEvents(plan, active, record);
  if (!due) return { events: own, untold };
  return { events: [...outageEvents(plan, untold), ...own], untold: [] };
}

function ownEvents(
  plan: Plan,
  active: readonly ActiveInjection[],
  record: JournalRecord,
): LiveEvent[] {
  const { t } = record;
  switch (record.type) {
    case "phase":
      return record.stage === "end" ? [] : [{ t, tone: "bold", text: `${record.phase} begins` }];
    case "step":
      return stepEvents(record);
    case "injection":
      return injectionEvents(plan, active, record);
    case "note": {
      const text = record.step === null ? null : stageText(record);
      return text === null ? [] : [{ t, tone: "accent", text: `${record.step}: ${text}` }];
    }
    case "run": {
      const { reason, detail } = record;
      const said = detail === "" || detail.startsWith(reason) ? [] : [reason];
      const how = [...said, detail || reason].join(": ");
      return [{ t, tone: reason === "complete" ? "bold" : "bad", text: `the run ended, ${how}` }];
    }
    default:
      return [];
  }
}

/** Steps that go well are told by their injections. */
function stepEvents({ t, step, stage, detail }: StepRecord): LiveEvent[] {
  if (stage === "started" || stage === "ended") return [];
  const what = stage === "skipped" ? "skipped" : "not injected";
  const why = detail === "" ? "" : `: ${detail}`;
  return [{ t, tone: "doubt", text: `${step}: ${what}${why}` }];
}

function injectionEvents(
  plan: Plan,
  active: readonly ActiveInjection[],
  record: InjectionRecord,
): LiveEvent[] {
  const { t, injection, kind, target, stage, detail } = record;
  if (target === null) return [];
  const event = (tone: Tone, text: string) => [{ t, tone, text: `${injection}: ${text}` }];
  const why = detail === "" ? "" : `: ${detail}`;
  switch (stage) {
    case "applied":
      return event("bad", `${kind} of ${target.name}`);
    case "failed":
      return event("doubt", `${kind} of ${target.name} failed${why}`);
    case "ended":
      return isInstant(plan.steps, record) ? [] : event("accent", `${kind} of ${target.name} over`);
    case "unproven":
      return event("doubt", `${kind} of ${target.name} is not proven${why}`);
    case "recovered": {
      const since = active.find(({ id }) => id === injection)?.since;
      const took = since === undefined ? "" : ` in ${micros(Math.max(0, t - since))}`;
      return event("good", `${target.name} recovered${took}`);
    }
    case "unrecovered":
      return event("bad", `${target.name} had not recovered when the run ended`);
    default:
      return [];
  }
}

/** One line per traffic. */
function outageEvents(plan: Plan, outages: readonly OutageRecord[]): LiveEvent[] {
  return plan.traffic.flatMap(({ name }): LiveEvent[] => {
    const own = outages.filter(({ traffic }) => traffic === name);
    if (own.length === 0) return [];
    const failed = own.reduce((sum, each) => sum + each.failed, 0);
    const classes = [...new Set(own.flatMap(({ errors }) => Object.keys(errors)))].join(", ");
    const longest = Math.max(...own.map(({ t, until }) => until - t));
    const what =
      own.length === 1
        ? `an outage of ${micros(longest)}`
        : `${own.length} outages of up to ${micros(longest)}`;
    const text = `${name}: ${what}, ${plural(failed, "request")} failed (${classes})`;
    const t = Math.max(...own.map(({ until }) => until));
    return [{ t, tone: "bad", text }];
  });
}
