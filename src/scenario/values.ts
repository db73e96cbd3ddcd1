import { z } from "zod";
import { valueText } from "../kit/shape.ts";
import { parseDuration, parsePercent, parseRate } from "../kit/units.ts";

/** A duration with its unit; parses to milliseconds. */
export const duration = quantity({
  what: "a duration with a unit such as 250ms",
  pattern: "^([0-9]+(\\.[0-9]+)?(us|ms|s|m|h))+$",
  parse: parseDuration,
  candidates: (text) => [`${text}s`, `${text}ms`],
});

/** A duration above zero. */
export const lastingDuration = duration.refine((ms) => ms > 0, {
  error: "expected a duration above 0",
});

/** Events per second, as `200/s`. */
export const rate = quantity({
  what: "a rate with a unit such as 200/s",
  pattern: "^[0-9]+(\\.[0-9]+)?/(s|m|h)$",
  parse: parseRate,
  candidates: (text) => [`${text.replace(/(rps|persecond|persec|hz|req\/s|requests\/s)$/, "")}/s`],
}).refine((perSecond) => perSecond > 0 && perSecond <= 100_000, {
  error: "expected a rate above 0 and up to 100000/s",
});

/** A percentage with its sign; parses to a fraction, 0..1. */
export const percent = quantity({
  what: "a percentage such as 10%",
  pattern: "^[0-9]+(\\.[0-9]+)?%$",
  parse: parsePercent,
  candidates: (text) => [
    Number(text) < 1 ? `${Number((Number(text) * 100).toFixed(6))}%` : `${text}%`,
  ],
}).refine((fraction) => fraction <= 1, { error: "expected at most 100%" });

interface Quantity {
  readonly what: string;
  /** For the JSON schema. */
  readonly pattern: string;
  readonly parse: (text: string) => number | undefined;
  /** Of a text without its unit, what it may have been meant to be. */
  readonly candidates: (text: string) => readonly string[];
}

function quantity({ what, pattern, parse, candidates }: Quantity) {
  return z
    .unknown()
    .meta({ type: "string", pattern })
    .transform((value, context): number => {
      const parsed = typeof value === "string" ? parse(value) : undefined;
      if (parsed !== undefined) return parsed;
      const text = plainUnits(String(value));
      const fits = [text, ...candidates(text)].filter((each) => parse(each) !== undefined);
      const scalar = typeof value === "string" || typeof value === "number";
      const hint = scalar && fits.length > 0 ? `write ${fits.slice(0, 2).join(" or ")}` : undefined;
      context.addIssue({
        code: "custom",
        message: `expected ${what}, got ${valueText(value)}`,
        ...(hint !== undefined && { params: { hint } }),
      });
      return z.NEVER;
    });
}

/** `5 sec` as `5s`. */
function plainUnits(text: string): string {
  return text
    .toLowerCase()
    .replace(/\s+/g, "")
    .replace(/milliseconds?$|millis$|msecs?$/, "ms")
    .replace(/seconds?$|secs?$/, "s")
    .replace(/minutes?$|mins?$/, "m")
    .replace(/hours?$|hrs?$/, "h")
    .replace(/percent$/, "%");
}
