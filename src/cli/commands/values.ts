import { InvalidArgumentError, Option } from "commander";
import { formatDuration, parseDuration, parseRate } from "../../kit/units.ts";

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

/** An option of a duration, whose default is shown as it would be typed. */
export function durationOption(
  flags: string,
  help: string,
  defaultMs: number,
  parse: (text: string) => number = durationValue,
): Option {
  return new Option(flags, help).argParser(parse).default(defaultMs, formatDuration(defaultMs));
}

/** The same of a rate. */
export function rateOption(flags: string, help: string, defaultRate: number): Option {
  return new Option(flags, help).argParser(rateValue).default(defaultRate, `${defaultRate}/s`);
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

/** Parses a service and perhaps a port of it: `web`, `web:8080`. */
export function entryValue(text: string): { service: string; port: number | null } {
  const [, service, port] = /^([A-Za-z0-9][\w.-]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (service === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) {
    throw new InvalidArgumentError(
      `expected a service, or one and its port such as web:8080, got "${text}".`,
    );
  }
  return { service, port: port === undefined ? null : Number(port) };
}
