import { formatPercent } from "../kit/units.ts";
import { BUCKET_US, type BucketRecord } from "../model/journal.ts";
import type { AbortRule } from "../model/plan.ts";
import { compare } from "./limits.ts";
import { plural } from "./measured.ts";
import { totalsOf } from "./scope.ts";

/**
 * Is an `abort-when` rule met by one traffic, whose settled buckets these are, in the order of time? It looks back from the
 * newest of them, never from now: requests that hang are known a timeout later. What of `over` lies before `chaosAt` (µs
 * since run start) counts as answered well, so that the first bucket of chaos does not decide alone. Returns the sentence
 * that says so, or null.
 */
export function abortMet(
  rule: AbortRule,
  buckets: readonly BucketRecord[],
  chaosAt: number,
): string | null {
  const newest = buckets.at(-1);
  if (!newest || (rule.traffic ?? newest.traffic) !== newest.traffic) return null;
  const end = newest.t + BUCKET_US;
  const over = rule.overMs * 1000;
  const from = Math.max(chaosAt, end - over);
  const recent = buckets.filter(({ t }) => t + BUCKET_US > from);
  const { sent, ok, failed } = totalsOf(recent);
  if (sent === 0) return null;
  const success = 1 - (failed / sent) * ((end - from) / over);
  const value = rule.measure === "failed" ? failed : success;
  if (!compare(value, rule.comparison, rule.limit)) return null;
  const share = formatPercent(ok / sent);
  return `abort-when ${rule.text}: of the last ${plural(sent, "request")} of ${newest.traffic}, ${share} succeeded`;
}
