import type { Assertion } from "../model/assertion.ts";
import type { BucketRecord } from "../model/journal.ts";
import { BUCKET_US } from "../model/journal.ts";
import { checkAssertion, foldTimeline } from "../verdict/judge.ts";
import type { Stage } from "./stage.ts";

/** How long nothing may have failed before the warm-up counts as over. */
const QUIET_US = 500_000;
const POLL_MS = 25;

/**
 * Warm-up: at least its length, and until every replica is ready and the newest answers are as good as the checks ask, but no longer than
 * `steady.within`. Returns why it is not steady, or null.
 */
export async function warmUp(stage: Stage): Promise<string | null> {
  const { phases, steady } = stage.options.plan;
  const from = stage.now();
  const elapsedMs = (): number => (stage.now() - from) / 1000;
  while (!stage.over.aborted) {
    const trouble = notSteady(stage);
    if (elapsedMs() >= phases.warmupMs) {
      if (trouble === null) return null;
      if (elapsedMs() >= steady.withinMs) return steady.withinMs === 0 ? null : trouble;
    }
    await stage.sleep(POLL_MS);
  }
  return null;
}

/**
 * The baseline: its length, longer while a replica is not ready (it may only have been slow to say so), by `steady.within` at
 * most; until its requests have settled; then the steady checks. Returns why not, or null.
 */
export async function measureBaseline(stage: Stage): Promise<string | null> {
  const { phases, steady, traffic } = stage.options.plan;
  await stage.sleep(phases.baselineMs);
  if (phases.baselineMs === 0) return null;
  const giveUpReady = stage.now() + steady.withinMs * 1000;
  while (!stage.over.aborted && stage.view.notReady().length > 0 && stage.now() < giveUpReady) {
    await stage.sleep(POLL_MS);
  }
  const end = stage.now();
  const slowest = Math.max(0, ...traffic.map(({ timeoutMs }) => timeoutMs));
  const giveUp = end + (slowest + 500) * 1000;
  const last = end - 2 * BUCKET_US;
  while (!stage.over.aborted && stage.now() < giveUp && !settled(stage, last)) {
    await stage.sleep(POLL_MS);
  }
  const timeline = foldTimeline(stage.header, stage.early);
  for (const check of steady.checks) {
    const bad = checkAssertion(timeline, check).find(({ status }) => status === "fail");
    if (bad)
      return `${bad.assertion} does not hold for ${bad.subject} in the baseline: ${bad.measured}`;
  }
  const unready = stage.view.notReady();
  return unready.length === 0 ? null : `not ready: ${unready.join(", ")}`;
}

function notSteady(stage: Stage): string | null {
  const unready = stage.view.notReady();
  if (unready.length > 0) return `not ready: ${unready.join(", ")}`;
  for (const { name } of stage.options.plan.traffic) {
    const own = stage.recent.of(name);
    const newest = own.at(-1);
    if (!newest) return `no answer to ${name} yet`;
    if (!asksForNoFailure(stage.options.plan.steady.checks, name)) continue;
    const quiet = own.filter(({ t }) => t > newest.t - QUIET_US);
    const failed = quiet.reduce((sum, bucket) => sum + failedIn(bucket), 0);
    if (failed > 0) return `${failed} of the newest ${name} requests failed (${classesOf(quiet)})`;
  }
  return null;
}

/** Is `failed == 0` among the checks for this traffic, as it is by default? Others may hold while some requests fail. */
export function asksForNoFailure(checks: readonly Assertion[], traffic: string): boolean {
  return checks.some(
    ({ test }) =>
      test.about === "measure" &&
      test.measure.name === "failed" &&
      (test.traffic === null || test.traffic === traffic) &&
      test.limits.every((limit) => limit.kind === "number" && limit.value === 0),
  );
}

function settled(stage: Stage, t: number): boolean {
  return stage.options.plan.traffic.every(
    ({ name }) => (stage.recent.of(name).at(-1)?.t ?? -1) >= t,
  );
}

function failedIn(bucket: BucketRecord): number {
  return bucket.sent - bucket.ok;
}

function classesOf(buckets: readonly BucketRecord[]): string {
  return [...new Set(buckets.flatMap(({ errors }) => Object.keys(errors)))].join(", ");
}
