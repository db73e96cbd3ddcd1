import { formatDuration, formatPercent } from "../../kit/units.ts";
import type { Part } from "./fisher.ts";
import { type Sample, shareOf } from "./sample.ts";

/** `5.2% (17 of 327)` */
export function partText(part: Part): string {
  return `${formatPercent(shareOf(part))} (${part.has} of ${part.of})`;
}

/** `app2, app3 at the same time` */
export function whoText({ names }: Sample): string {
  return `${names.length === 0 ? "nobody" : names.join(", ")} at the same time`;
}

/** `p = 1.1e-9` */
export function chanceText(p: number): string {
  return p === 0 ? "p < 1e-300" : `p = ${Number(p.toPrecision(2))}`;
}

/** µs for people. */
export function microsText(us: number): string {
  return formatDuration(us / 1000);
}

/** `48.3 MiB` */
export function mebibytesText(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** Why a difference is not held against the newcomer; empty where it is, or where there is none. */
export function doubtText({ sure, large }: { sure: boolean; large: boolean }): string {
  if (sure === large) return "";
  return sure ? "; too small a difference to matter" : "; that may be chance";
}
