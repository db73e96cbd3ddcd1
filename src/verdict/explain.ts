import { bucketValue } from "../kit/histogram.ts";
import { formatDuration } from "../kit/units.ts";
import type { ErrorClass, MeasureTest } from "../model/assertion.ts";
import { BUCKET_US } from "../model/journal.ts";
import type { Span } from "../model/timeline.ts";
import { explainNames } from "./explain-names.ts";
import { type FailedClass, type Failures, failuresIn } from "./failures.ts";
import { sentenceOf } from "./findings.ts";
import { quantileName } from "./latency.ts";
import { digitsApart } from "./limits.ts";
import { formatCount, formatValue, type Measured, plural } from "./measured.ts";
import { mendFailures, mendWaiting } from "./mend.ts";
import { bucketsIn, type Scope } from "./scope.ts";
import { longestStretch } from "./stretches.ts";
import { formatStretch, type Harm, harmAt, harmsOf, nameHarm } from "./when.ts";
import { overlap } from "./windows.ts";

/** Why a measure missed its limit: how many, when, which replica, in which step, what class, and what would mend it. */
export function explainMeasure(
  scope: Scope,
  test: MeasureTest,
  measured: Measured,
  limit: number | null,
): string {
  const { measure } = test;
  switch (measure.name) {
    case "latency":
      return explainLatency(scope, measure.quantile, measured, limit);
    case "errors":
      return explainFailures(scope, measure.errorClass);
    case "gap":
      return explainGap(scope);
    case "outage":
      return `${explainOutage(scope)} ${explainFailures(scope, null)}`.trim();
    case "versions":
    case "replicas":
      return explainNames(scope, measure.name, test, measured);
    case "duplicates":
      return sentenceOf([
        `${plural(measured.value ?? 0, "request was", "requests were")} carried out more than once: repeat only what is safe to repeat, never a ${scope.traffic.plan.method} that may have reached its replica`,
      ]);
    case "requests":
      return sentenceOf([
        `${plural(measured.value ?? 0, "request was", "requests were")} due and sent`,
      ]);
    case "dropped":
      return sentenceOf([
        "the tester had too many requests in flight to send more: lower the rate or the timeout",
      ]);
    default:
      return explainFailures(scope, null);
  }
}

/** `12 of 3,000 requests failed between chaos +2.1s and +2.6s during storm#2 (crash of app2): 12 answered 502. ...` */
function explainFailures(scope: Scope, only: ErrorClass | null): string {
  const failures = failuresIn(scope, only);
  if (failures.span === null) return "";
  const when = formatStretch(scope.timeline, failures.span);
  const how = failures.classes.map((counted) => describeClass(counted, failures)).join(", ");
  const many = `${formatCount(failures.count)} of ${plural(failures.sent, "request")} failed`;
  return sentenceOf([
    `${many} ${when} ${describeHarms(failures)}: ${how}`,
    mendFailures(failures, scope.traffic.plan),
  ]);
}

function explainOutage(scope: Scope): string {
  const longest = longestStretch(scope.traffic.outages, scope.selection.spans);
  if (!longest) return "";
  const long = formatDuration(longest.us / 1000);
  return sentenceOf([
    `no request succeeded for ${long}, of those due ${formatStretch(scope.timeline, longest.span)}`,
  ]);
}

function explainGap(scope: Scope): string {
  const longest = longestStretch(scope.traffic.gaps, scope.selection.spans);
  if (!longest) return "";
  const harm = harmWithin(scope, longest.span);
  const when = formatStretch(scope.timeline, longest.span);
  return sentenceOf([
    `nothing was answered well for ${formatDuration(longest.us / 1000)}, ${when}${during(harm)}`,
    mendWaiting(harm?.injection.kind ?? null, scope.traffic.plan),
  ]);
}

function explainLatency(
  scope: Scope,
  quantile: number,
  measured: Measured,
  limit: number | null,
): string {
  if (limit === null || measured.value === null) return "";
  const slow = bucketsIn(scope).flatMap(({ t, latency }) => {
    const count = countAbove(latency, limit * 1000);
    return count === 0 ? [] : [{ t, count }];
  });
  const [first, last] = [slow[0], slow.at(-1)];
  if (!first || !last) return "";
  const worst = slow.reduce((most, bucket) => (bucket.count > most.count ? bucket : most));
  const harm = harmWithin(scope, { from: worst.t, to: worst.t + BUCKET_US });
  const count = slow.reduce((sum, bucket) => sum + bucket.count, 0);
  const more = digitsApart("ms", [measured.value], [{ value: limit }]);
  const answers = plural(measured.samples ?? 0, "answer");
  const when = formatStretch(scope.timeline, { from: first.t, to: last.t + BUCKET_US });
  return sentenceOf([
    `${quantileName(quantile)} was ${measured.text}: ${formatCount(count)} of ${answers} took longer than ${formatValue("ms", limit, more)}, ${when}${harm ? `, most of them${during(harm)}` : ""}`,
    mendWaiting(harm?.injection.kind ?? null, scope.traffic.plan),
  ]);
}

function countAbove(latency: readonly number[], us: number): number {
  let count = 0;
  for (let i = 0; i + 1 < latency.length; i += 2) {
    if (bucketValue(latency[i] as number) > us) count += latency[i + 1] as number;
  }
  return count;
}

/** The harm that shares most time with the span, with the time a request may take after it. */
function harmWithin({ timeline, traffic }: Scope, span: Span): Harm | null {
  const harms = harmsOf(timeline);
  const shared = harms.map((harm) => {
    const common = overlap(harm.span, span);
    return { harm, us: common ? common.to - common.from : 0 };
  });
  const most = shared.reduce<{ harm: Harm | null; us: number }>(
    (best, candidate) => (candidate.us > best.us ? candidate : best),
    { harm: null, us: 0 },
  );
  return most.harm ?? harmAt(harms, span.from, traffic.plan.timeoutMs * 1000);
}

function during(harm: Harm | null): string {
  return harm ? ` during ${nameHarm(harm)}` : "";
}

/** `during storm#2 (crash of app2)`; of several the three worst, with their counts. */
function describeHarms({ harms }: Failures): string {
  const [worst] = harms;
  if (harms.length === 1 && worst)
    return worst.what ? `during ${nameHarm(worst.what)}` : "outside every step";
  const named = harms.slice(0, 3).map(({ what, count }) => {
    return `${formatCount(count)} ${what ? `during ${nameHarm(what)}` : "outside every step"}`;
  });
  const rest = harms.slice(3).reduce((sum, { count }) => sum + count, 0);
  const more =
    rest === 0 ? [] : [`${formatCount(rest)} during ${plural(harms.length - 3, "other")}`];
  return `(${[...named, ...more].join(", ")})`;
}

const CLASS_WORDS: Readonly<Record<ErrorClass, string>> = {
  dns: "not resolved",
  refused: "refused",
  unreachable: "unreachable",
  tls: "failed in TLS",
  reset: "reset",
  stale: "lost on a kept connection",
  timeout: "timed out",
  status: "answered with another status",
  body: "with a wrong body",
  cut: "cut short",
  protocol: "answered in broken HTTP",
};

/** `9 refused`, `12 answered 502 by app2` */
function describeClass({ what, count, replicas }: FailedClass, failures: Failures): string {
  const by = replicas.slice(0, 3).map((replica) => replica.what);
  const name =
    by.length > 0 && (what === "status" || what === "body") ? ` by ${by.join(", ")}` : "";
  if (what !== "status" || failures.statuses.length === 0) {
    return `${formatCount(count)} ${CLASS_WORDS[what]}${name}`;
  }
  const statuses = failures.statuses.slice(0, 3).map((status) => status.what);
  return `${formatCount(count)} answered ${statuses.join(" or ")}${name}`;
}
