const DURATION_UNITS: Record<string, number> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A duration with its unit (`250ms`, `1.5s`, `1m30s`) in milliseconds, or undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(us|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)) {
    total += Number(amount) * (DURATION_UNITS[unit as string] as number);
  }
  return total;
}

/** A rate (`200/s`, `30/m`) in events per second, or undefined when it is not one. */
export function parseRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\/(s|m|h)$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) / ((DURATION_UNITS[match[2] as string] as number) / 1000);
}

/** A percentage (`99.9%`) as a fraction (0.999), or undefined when it is not one. */
export function parsePercent(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  return match ? Number(match[1]) / 100 : undefined;
}

/** Milliseconds for people: `0.34ms`, `12ms`, `1.25s`, `2m05s`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 10) return `${trim(ms, 2)}ms`;
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${trim(ms / 1000, 2)}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

/** A fraction as a percentage that never rounds a failure away: 0.99996 is `99.996%`, only 1 is `100%`. */
export function formatPercent(fraction: number): string {
  const percent = fraction * 100;
  for (const digits of [2, 3, 4, 5, 6]) {
    const text = percent.toFixed(digits);
    if (percent === 100 || (Number(text) < 100 && (Number(text) > 0 || percent === 0))) {
      return `${Number(text)}%`;
    }
  }
  return `${percent}%`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
