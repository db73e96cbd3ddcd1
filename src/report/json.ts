import type { OutageRecord, SampleRecord } from "../model/journal.ts";
import type { Span, StepTimeline, Timeline, TrafficTimeline } from "../model/timeline.ts";
import type { Finding, Verdict } from "../model/verdict.ts";
import type { Measured } from "../verdict/measured.ts";
import { type AnswerShare, answerShares } from "./facts/answers.ts";
import { weakBasis } from "./facts/basis.ts";
import { injectionFacts } from "./facts/injections.ts";
import { firstFailures, interruptions } from "./facts/interruptions.ts";
import { stagesOf } from "./facts/stages.ts";
import { stealOf, type TesterHealth, testerHealth } from "./facts/tester.ts";
import { type Counts, type WindowFacts, windowFacts } from "./facts/windows.ts";
import { type JsonReport, REPORT_VERSION } from "./json-schema.ts";

/** What is listed at most; the journal has all. */
const MOST_FAILURES = 100;
const MOST_OUTAGES = 1000;

/** The report for scripts, as the schema in json-schema.ts says: the same bytes for the same run. No line break at the end. */
export function jsonReport(
  timeline: Timeline,
  verdict: Verdict,
  options: { readonly runPath: string | null } = { runPath: null },
): string {
  return JSON.stringify(jsonReportOf(timeline, verdict, options.runPath), null, 2);
}

/** The same as data, to be put into something larger. */
export function jsonReportOf(
  timeline: Timeline,
  verdict: Verdict,
  runPath: string | null,
): JsonReport {
  const { header, ended } = timeline;
  const windows = windowFacts(timeline);
  const shares = answerShares(timeline);
  const failures = firstFailures(timeline, MOST_FAILURES);
  const steal = stealOf(timeline);
  return {
    report: REPORT_VERSION,
    aegis: header.aegis,
    run: header.run,
    path: runPath,
    name: header.plan.name,
    file: header.plan.file,
    verdict: verdict.verdict,
    exit: verdict.exit,
    summary: verdict.summary,
    doubts: [...verdict.doubts],
    ended: ended && { reason: ended.reason, detail: ended.detail, signal: ended.signal },
    seed: header.plan.seed,
    engine: header.engine,
    vantage: header.vantage,
    vantageReason: header.vantageReason ?? null,
    project: header.project,
    basis: {
      answersName: { ...header.identify },
      ready: { ...header.readiness },
      weak: [...weakBasis(timeline)],
    },
    startedAt: header.startedAt,
    durationMs: ms(timeline.end),
    phases: timeline.phases.map((phase) => ({ ...spanOf(phase), phase: phase.phase })),
    findings: verdict.findings.map(findingOf),
    traffic: timeline.traffic.map((traffic) =>
      trafficOf(
        timeline,
        traffic,
        windows.filter((window) => window.traffic === traffic.plan.name),
        shares.filter((share) => share.traffic === traffic.plan.name),
      ),
    ),
    steps: timeline.steps.map((step) => stepOf(timeline, step)),
    machine: steal && { stealShare: steal.stealShare, worstStealShare: steal.worstStealShare },
    failures: failures.samples.map(sampleOf),
    failuresLeft: failures.left,
  };
}

function findingOf(finding: Finding): JsonReport["findings"][number] {
  return {
    assertion: finding.assertion,
    why: finding.why,
    line: finding.line,
    status: finding.status,
    subject: finding.subject,
    measured: finding.measured,
    allowed: finding.allowed,
    value: finding.value,
    samples: finding.samples,
    windows: finding.windows.map(spanOf),
    sentence: finding.sentence,
    doubts: [...finding.doubts],
  };
}

function trafficOf(
  timeline: Timeline,
  traffic: TrafficTimeline,
  windows: readonly WindowFacts[],
  shares: readonly AnswerShare[],
): JsonReport["traffic"][number] {
  const { plan, outages } = traffic;
  const { outage, gap, impaired } = interruptions(timeline, traffic);
  return {
    name: plan.name,
    method: plan.method,
    url: plan.url,
    rate: plan.rate,
    timeoutMs: plan.timeoutMs,
    windows: windows.map(windowOf),
    longestOutage: measuredOf(outage),
    longestGap: measuredOf(gap),
    impaired: measuredOf(impaired),
    outages: outages.slice(0, MOST_OUTAGES).map(outageOf),
    outagesLeft: Math.max(0, outages.length - MOST_OUTAGES),
    answers: shares.map(({ what, name, answers, share, phases }) => ({
      by: what,
      name,
      answers,
      share,
      phases: Object.fromEntries(phases.map(({ phase, share: part }) => [phase, part])),
    })),
    tester: testerOf(timeline, plan.name),
  };
}

function windowOf(facts: WindowFacts): JsonReport["traffic"][number]["windows"][number] {
  const { connections } = facts;
  return {
    name: facts.name,
    kind: facts.kind,
    spans: facts.spans.map(spanOf),
    ...countsOf(facts),
    dropped: facts.dropped,
    errors: Object.fromEntries(facts.errors.map(({ class: name, count }) => [name, count])),
    connections: connections && {
      kept: countsOf(connections.kept),
      fresh: countsOf(connections.fresh),
    },
  };
}

function countsOf({ requests, failed, success, latency }: Counts) {
  return {
    requests,
    failed,
    success: success && { share: success.share, low: success.low, high: success.high },
    latencyMs: latency && {
      p50: ms(latency.p50),
      p90: ms(latency.p90),
      p95: ms(latency.p95),
      p99: ms(latency.p99),
      p999: ms(latency.p999),
      max: ms(latency.max),
    },
  };
}

function testerOf(timeline: Timeline, name: string): JsonReport["traffic"][number]["tester"] {
  const health = testerHealth(timeline).find(({ traffic }) => traffic === name);
  const { rate, rateError, dropped, lateness, burst } = health as TesterHealth;
  return {
    rate,
    rateError,
    dropped,
    latenessMs: lateness && { p50: ms(lateness.p50), p99: ms(lateness.p99), max: ms(lateness.max) },
    burst,
  };
}

function outageOf(outage: OutageRecord): JsonReport["traffic"][number]["outages"][number] {
  return {
    ...spanOf({ from: outage.t, to: outage.until }),
    open: outage.open,
    lowerMs: ms(outage.lower),
    upperMs: ms(outage.upper),
    failed: outage.failed,
    errors: { ...outage.errors },
  };
}

function stepOf(timeline: Timeline, step: StepTimeline): JsonReport["steps"][number] {
  const { plan } = step;
  return {
    id: plan.id,
    kind: plan.kind,
    role: plan.role,
    held: plan.held,
    stage: step.stage,
    detail: step.detail,
    startedMs: msOrNull(step.startedAt),
    endedMs: msOrNull(step.endedAt),
    injections: injectionFacts(timeline, step).map(({ injection, state, recovery }) => ({
      id: injection.id,
      kind: injection.kind,
      target: injection.target && {
        service: injection.target.service,
        name: injection.target.name,
        key: injection.target.key,
        instance: injection.target.instance,
      },
      state,
      applyingMs: ms(injection.applyingAt),
      appliedMs: msOrNull(injection.appliedAt),
      harmEndedMs: msOrNull(injection.harmEndedAt),
      recoveredMs: msOrNull(injection.recoveredAt),
      recoveryMs: msOrNull(recovery),
      proven: injection.proven,
      outcome: injection.outcome,
      failure: injection.failure,
    })),
    ...(plan.staged && {
      stages: stagesOf(timeline, step).map(({ t, text, facts }) => ({ atMs: ms(t), text, facts })),
    }),
  };
}

function sampleOf(sample: SampleRecord): JsonReport["failures"][number] {
  const { t, traffic, id, class: name, status, tookUs, replica, version, fresh } = sample;
  const { detail, traceparent } = sample;
  const who = { replica, version, fresh, detail, traceparent };
  return { atMs: ms(t), traffic, id, class: name, status, tookMs: ms(tookUs), ...who };
}

function measuredOf({ value, text }: Measured): { valueMs: number | null; text: string } {
  return { valueMs: value, text };
}

function spanOf({ from, to }: Span): { fromMs: number; toMs: number } {
  return { fromMs: ms(from), toMs: ms(to) };
}

function msOrNull(us: number | null): number | null {
  return us === null ? null : ms(us);
}

/** µs as ms with three decimals at most. */
function ms(us: number): number {
  return Math.round(us) / 1000;
}
