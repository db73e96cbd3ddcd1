import type { MeasureTest } from "../model/assertion.ts";
import { BUCKET_US } from "../model/journal.ts";
import { sentenceOf } from "./findings.ts";
import { type Measured, plural } from "./measured.ts";
import { bucketsIn, type Scope } from "./scope.ts";
import { formatStretch } from "./when.ts";

/** Which versions or replicas answered that should not have, how often and when; and which never did. */
export function explainNames(
  scope: Scope,
  field: "versions" | "replicas",
  test: MeasureTest,
  { words, text }: Measured,
): string {
  const wanted = test.limits.flatMap((limit) => (limit.kind === "words" ? limit.words : []));
  if (wanted.length === 0 || test.comparison !== "==")
    return sentenceOf([`answers came from ${text}`]);
  const unexpected = (words ?? []).filter((word) => !wanted.includes(word));
  const missing = wanted.filter((word) => !words?.includes(word));
  return sentenceOf([
    ...unexpected.map((name) => answersOf(scope, field, name)),
    ...(missing.length > 0 ? [`no answer came from ${missing.join(" or ")}`] : []),
  ]);
}

/** `v1 gave 12 answers, between chaos +2.1s and +2.6s` */
function answersOf(scope: Scope, field: "versions" | "replicas", name: string): string {
  const buckets = bucketsIn(scope).filter((bucket) => (bucket[field][name] ?? 0) > 0);
  const count = buckets.reduce((sum, bucket) => sum + (bucket[field][name] ?? 0), 0);
  const from = buckets[0]?.t ?? 0;
  const to = (buckets.at(-1)?.t ?? 0) + BUCKET_US;
  return `${name} gave ${plural(count, "answer")}, ${formatStretch(scope.timeline, { from, to })}`;
}
