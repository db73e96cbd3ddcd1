import type { Span, StepTimeline, Timeline } from "../model/timeline.ts";
import type { Finding, Verdict } from "../model/verdict.ts";
import { type TesterHealth, testerHealth } from "./facts/tester.ts";
import { runTroubles } from "./run-troubles.ts";
import { VERDICT_WORDS } from "./wording.ts";
import { type Element, xmlDocument } from "./xml.ts";

/** One run as a report is made of it. */
export interface JudgedRun {
  readonly timeline: Timeline;
  readonly verdict: Verdict;
  /** Its directory; null when it was not kept. */
  readonly path: string | null;
}

/**
 * JUnit XML, in the form that CI services read: a suite per run, a case per finding, `failure` for what does not hold,
 * `error` for what cannot be told, `skipped` for skipped findings and steps.
 */
export function junitReport(runs: readonly JudgedRun[]): string {
  const suites = runs.map(suiteOf);
  const children = suites.map(({ element }) => element);
  const all = suites.flatMap(({ cases }) => cases);
  const attributes = { name: "aegis", ...totals(all), time: sumTimes(runs) };
  return xmlDocument({ name: "testsuites", attributes, children });
}

interface Case {
  readonly name: string;
  readonly seconds: number;
  readonly outcome: "passed" | "failure" | "error" | "skipped";
  /** One line; empty when passed. */
  readonly message: string;
  readonly detail: string;
}

function suiteOf({ timeline, verdict, path }: JudgedRun): {
  readonly element: Element;
  readonly cases: readonly Case[];
} {
  const { plan, startedAt } = timeline.header;
  const cases = distinct([
    ...verdict.findings.map((finding) => caseOfFinding(timeline, finding)),
    ...timeline.steps.flatMap(caseOfStep),
    ...runTroubles(timeline, verdict).map(
      ({ status, reason }): Case => ({
        name: "the run as a whole",
        seconds: 0,
        outcome: status === "fail" ? "failure" : "error",
        message: reason,
        detail: verdict.summary,
      }),
    ),
  ]);
  const element: Element = {
    name: "testsuite",
    attributes: {
      name: plan.name,
      ...totals(cases),
      time: seconds(timeline.end),
      timestamp: startedAt,
    },
    children: [
      { name: "properties", attributes: {}, children: properties(timeline, verdict, path) },
      ...cases.map((each) => elementOf(each, timeline)),
    ],
  };
  return { element, cases };
}

function caseOfFinding(timeline: Timeline, finding: Finding): Case {
  const { assertion, subject, status, measured, allowed, sentence, doubts, why, line } = finding;
  const { file } = timeline.header.plan;
  const place = file === null || line === null ? "" : `${file}:${line}`;
  return {
    name: subject === "" ? assertion : `${assertion} [${subject}]`,
    seconds: finding.windows.reduce((sum, { from, to }) => sum + to - from, 0) / 1e6,
    outcome: OUTCOMES[status],
    message: status === "skipped" ? sentence : `measured ${measured}, allowed ${allowed}`,
    detail: (status === "skipped"
      ? []
      : [sentence, ...doubts, why === null ? "" : `why: ${why}`, place]
    )
      .filter((part, index, parts) => part !== "" && parts.indexOf(part) === index)
      .join("\n"),
  };
}

const OUTCOMES: Readonly<Record<Finding["status"], Case["outcome"]>> = {
  pass: "passed",
  fail: "failure",
  inconclusive: "error",
  skipped: "skipped",
};

/** A step that was skipped is shown; one that was not injected is an error of its own. */
function caseOfStep({ plan, stage, detail, startedAt, endedAt }: StepTimeline): Case[] {
  if (stage !== "skipped" && stage !== "not-injected") return [];
  const span: Span = { from: startedAt ?? 0, to: endedAt ?? startedAt ?? 0 };
  return [
    {
      name: `step ${plan.id} (${plan.kind})`,
      seconds: (span.to - span.from) / 1e6,
      outcome: stage === "skipped" ? "skipped" : "error",
      message: detail === "" ? stage : detail,
      detail: "",
    },
  ];
}

/** CI services tell cases apart by their names alone. */
function distinct(cases: readonly Case[]): Case[] {
  const seen = new Map<string, number>();
  return cases.map((each) => {
    const nth = (seen.get(each.name) ?? 0) + 1;
    seen.set(each.name, nth);
    return nth === 1 ? each : { ...each, name: `${each.name} (${nth})` };
  });
}

function properties(timeline: Timeline, verdict: Verdict, path: string | null): Element[] {
  const { header } = timeline;
  const facts: Record<string, string | number> = {
    verdict: VERDICT_WORDS[verdict.verdict],
    exit: verdict.exit,
    summary: verdict.summary,
    seed: header.plan.seed,
    engine: header.engine,
    vantage: header.vantage,
    ...(header.vantageReason !== undefined && { vantageReason: header.vantageReason }),
    project: header.project,
    run: header.run,
    aegis: header.aegis,
    ...(header.plan.file !== null && { scenario: header.plan.file }),
    ...(path !== null && { path }),
    ...Object.fromEntries(testerHealth(timeline).flatMap(testerFacts)),
  };
  return Object.entries(facts).map(([name, value]) => {
    return { name: "property", attributes: { name, value } };
  });
}

/** How far the numbers can be trusted, by the names that the JSON report has for it. */
function testerFacts(health: TesterHealth): [name: string, value: number][] {
  const { traffic, rate, rateError, dropped, lateness, burst } = health;
  const late = Object.entries(lateness ?? {}).map(
    ([what, us]) => [`latenessMs.${what}`, us / 1000] as const,
  );
  const facts = [...Object.entries({ rate, rateError, dropped, burst }), ...late];
  return facts.map(([name, value]) => [`tester.${traffic}.${name}`, value]);
}

function elementOf(each: Case, { header }: Timeline): Element {
  const attributes = {
    name: each.name,
    classname: header.plan.name,
    time: each.seconds.toFixed(3),
  };
  if (each.outcome === "passed") return { name: "testcase", attributes };
  const told = { message: each.message };
  const kinds = {
    failure: { ...told, type: "assertion" },
    error: { ...told, type: "inconclusive" },
    skipped: told,
  };
  const child = { name: each.outcome, attributes: kinds[each.outcome], text: each.detail };
  return { name: "testcase", attributes, children: [child] };
}

function totals(cases: readonly Case[]): Record<string, number> {
  const count = (outcome: Case["outcome"]) =>
    cases.filter((each) => each.outcome === outcome).length;
  return {
    tests: cases.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
  };
}

function sumTimes(runs: readonly JudgedRun[]): string {
  return seconds(runs.reduce((sum, { timeline }) => sum + timeline.end, 0));
}

function seconds(us: number): string {
  return (us / 1e6).toFixed(3);
}
