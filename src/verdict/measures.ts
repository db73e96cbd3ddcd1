import { formatPercent } from "../kit/units.ts";
import type { Measure } from "../model/assertion.ts";
import { measureDuplicates } from "./duplicates.ts";
import { wilson } from "./interval.ts";
import { measureLatency } from "./latency.ts";
import { known, knownWords, type Measured, type Unit, unknown } from "./measured.ts";
import { bucketsIn, type Scope, type Totals, totalsOf } from "./scope.ts";
import { measureGap, measureImpaired, measureOutage } from "./stretches.ts";

/** One measure of one traffic in one window. A window in which nothing was due says nothing of how it went. */
export function measure(scope: Scope, what: Measure): Measured {
  const totals = totalsOf(bucketsIn(scope));
  const { unit, of } = lookUp(what);
  if (totals.sent === 0 && !COUNTED_WITHOUT_REQUESTS.has(what.name)) {
    return unknown(unit, "no request was due in this window", { samples: 0 });
  }
  const measured = of(scope, totals);
  return { ...measured, samples: measured.samples ?? totals.sent };
}

interface Entry {
  readonly unit: Unit;
  readonly of: (scope: Scope, totals: Totals) => Measured;
}

const COUNTED_WITHOUT_REQUESTS: ReadonlySet<string> = new Set([
  "requests",
  "dropped",
  "duplicates",
]);

const TABLE: Readonly<Record<Exclude<Measure["name"], "latency" | "errors">, Entry>> = {
  requests: { unit: "count", of: (_, { sent }) => known("count", sent) },
  failed: { unit: "count", of: (_, { failed }) => known("count", failed) },
  dropped: { unit: "count", of: (_, { dropped }) => known("count", dropped) },
  duplicates: { unit: "count", of: measureDuplicates },
  success: { unit: "fraction", of: (_, totals) => successOf(totals) },
  gap: { unit: "ms", of: measureGap },
  outage: { unit: "ms", of: measureOutage },
  impaired: { unit: "ms", of: measureImpaired },
  versions: { unit: "words", of: (scope) => namesOf(scope, "version") },
  replicas: { unit: "words", of: (scope) => namesOf(scope, "replica") },
};

function lookUp(what: Measure): Entry {
  if (what.name === "latency") {
    const { quantile } = what;
    return { unit: "ms", of: (scope) => measureLatency(scope, quantile) };
  }
  if (what.name === "errors") {
    const { errorClass } = what;
    return { unit: "count", of: (_, { errors }) => known("count", errors.get(errorClass) ?? 0) };
  }
  return TABLE[what.name];
}

/** The share of requests that were answered as expected, with its Wilson 95 % interval. */
function successOf({ ok, sent }: Totals): Measured {
  const { from, to } = wilson(ok, sent);
  const share = formatPercent(ok / sent);
  const text = `${share} (95% CI ${formatPercent(from)} to ${formatPercent(to)})`;
  return known("fraction", ok / sent, { text });
}

function namesOf(scope: Scope, what: "replica" | "version"): Measured {
  if (!scope.timeline.header.identify[what]) {
    return unknown("words", `answers do not name their ${what}`);
  }
  const field = what === "replica" ? "replicas" : "versions";
  const names = bucketsIn(scope).flatMap((bucket) =>
    Object.entries(bucket[field]).flatMap(([name, count]) => (count > 0 ? [name] : [])),
  );
  return knownWords(names);
}
