import { formatPercent } from "../kit/units.ts";
import { BUCKET_US, type BucketRecord } from "../model/journal.ts";
import type { AbortRule } from "../model/plan.ts";
import { compare } from "./limits.ts";
import { plural } from "./measured.ts";
import { totalsOf } from "./scope.ts";

/**
 * Is an `abort-when` rule met at `now` (µs since run start)? Looks at the settled buckets of its last `overMs`; a traffic
 * of which nothing is known there does not abort. Returns the sentence that says so, or null.
 */
export function abortMet(
  rule: AbortRule,
  buckets: readonly BucketRecord[],
  now: number,
): string | null {
  const from = now - rule.overMs * 1000;
  const recent = buckets.filter(({ t }) => t + BUCKET_US > from && t <= now);
  const names = [...new Set(recent.map(({ traffic }) => traffic))].sort();
  for (const name of names) {
    if (rule.traffic !== null && rule.traffic !== name) continue;
    const { sent, ok, failed } = totalsOf(recent.filter(({ traffic }) => traffic === name));
    const value = rule.measure === "failed" ? failed : ok / sent;
    if (sent === 0 || !compare(value, rule.comparison, rule.limit)) continue;
    const share = formatPercent(ok / sent);
    return `abort-when ${rule.text}: of the last ${plural(sent, "request")} of ${name}, ${share} succeeded`;
  }
  return null;
}
