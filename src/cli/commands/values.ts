import { InvalidArgumentError } from "commander";
import { parseDuration, parseRate } from "../../kit/units.ts";

/** Parses a duration above zero with its unit into milliseconds; anything else is a usage error. */
export function durationValue(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) {
    throw new InvalidArgumentError(
      `expected a duration with its unit, such as 30s or 250ms, got "${text}".`,
    );
  }
  return ms;
}

/** The same, and zero too. */
export function pauseValue(text: string): number {
  return /^0(us|ms|s|m|h)?$/.test(text) ? 0 : durationValue(text);
}

/** Parses a rate (`20/s`) into events per second; anything else is a usage error. */
export function rateValue(text: string): number {
  const rate = parseRate(text);
  if (rate === undefined || rate <= 0 || rate > 50_000) {
    throw new InvalidArgumentError(
      `expected a rate with its unit, such as 20/s or 30/m, up to 50000/s, got "${text}".`,
    );
  }
  return rate;
}

/** Parses a list with commas: `crash,pause`. */
export function listValue(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) {
    throw new InvalidArgumentError(`expected names with commas between them, got "${text}".`);
  }
  return names;
}

/** Of an option that may be given more than once. */
export function repeatedValue(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
