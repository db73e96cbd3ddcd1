import type { Json } from "../../kit/world.ts";
import { fisherMore } from "./fisher.ts";
import { growthOf, type MemoryWatch } from "./growth.ts";
import { quantileTest } from "./quantile-test.ts";
import type { GateRules } from "./rules.ts";
import { failedOf, type Sample, shareOf } from "./sample.ts";
import { chanceText, doubtText, mebibytesText, microsText, partText, whoText } from "./words.ts";

/** One way in which the newcomer may be worse. */
export interface Check {
  readonly cause: "errors" | "slow" | "leak";
  /** Significantly, and enough to matter. */
  readonly worse: boolean;
  /** With every number that it rests on. */
  readonly text: string;
  readonly facts: { readonly [key: string]: Json };
}

/** `alpha`: of this test alone. */
export function errorsCheck(
  newcomer: Sample,
  others: Sample,
  { errors: { difference } }: GateRules,
  alpha: number,
): Check {
  const [one, other] = [failedOf(newcomer), failedOf(others)];
  const p = fisherMore(one, other);
  const sure = p <= alpha;
  const large = shareOf(one) - shareOf(other) >= difference;
  const against = `${partText(other)} of ${whoText(others)}`;
  return {
    cause: "errors",
    worse: sure && large,
    text: `errors ${partText(one)} against ${against}, ${chanceText(p)}${doubtText({ sure, large })}`,
    facts: { newcomer: shareOf(one), others: shareOf(other), p, floor: difference },
  };
}

export function latencyCheck(
  newcomer: Sample,
  others: Sample,
  { quantile, ratio, difference }: GateRules["latency"][number],
  alpha: number,
): Check {
  const test = quantileTest(newcomer.latency, others.latency, quantile);
  const sure = test.p <= alpha;
  const more = test.newcomer - test.others;
  const large = test.newcomer >= ratio * test.others && more >= difference;
  const { newcomer: one, others: other } = test.above;
  const values = `${microsText(test.newcomer)} against ${microsText(test.others)} of ${whoText(others)}`;
  const parts = `${partText(one)} above ${microsText(test.threshold)} against ${partText(other)}`;
  return {
    cause: "slow",
    worse: sure && large,
    text: `p${quantile * 100} ${values}: ${parts}, ${chanceText(test.p)}${doubtText({ sure, large })}`,
    facts: {
      quantile,
      newcomerUs: known(test.newcomer),
      othersUs: known(test.others),
      thresholdUs: known(test.threshold),
      newcomerAbove: one.has,
      othersAbove: other.has,
      p: test.p,
      floor: { ratio, us: difference },
    },
  };
}

export function growthCheck(
  watch: MemoryWatch,
  { growth: { bytes, ratio } }: GateRules,
  alpha: number,
): Check {
  const growth = growthOf(watch);
  const floor = Math.max(bytes, ratio * Math.max(0, ...growth.peers.map((peer) => peer.bytes)));
  const sure = growth.p <= alpha;
  const large = growth.newcomer >= floor;
  const peers = growth.peers.map((peer) => `${peer.name} ${mebibytesText(peer.bytes)}`);
  const against = peers.length === 0 ? "" : ` against ${peers.join(", ")} at the same time`;
  const readings = `${watch.newcomer.length} readings`;
  return {
    cause: "leak",
    worse: sure && large,
    text: `memory growth ${mebibytesText(growth.newcomer)} (${readings})${against}, ${chanceText(growth.p)}${doubtText({ sure, large })}`,
    facts: {
      newcomerBytes: growth.newcomer,
      peers: Object.fromEntries(growth.peers.map((peer) => [peer.name, peer.bytes])),
      readings: watch.newcomer.length,
      p: growth.p,
      floorBytes: floor,
    },
  };
}

/** JSON has no NaN. */
function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
