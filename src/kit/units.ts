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
  return fineDuration(ms, 0);
}

/** A duration for people with so many more digits. What is rounded up to the next unit is written in it: never `1000ms`. */
export function fineDuration(ms: number, more: number): string {
  if (ms < 0) return `-${fineDuration(-ms, more)}`;
  if (ms < 10) return `${rounded(ms, 2 + more)}ms`;
  if (rounded(ms, more) < 1000) return `${rounded(ms, more)}ms`;
  if (rounded(ms / 1000, 2 + more) < 60) return `${rounded(ms / 1000, 2 + more)}s`;
  const minutes = Math.floor(rounded(ms / 1000, more) / 60);
  const seconds = rounded(ms / 1000 - 60 * minutes, more);
  return `${minutes}m${seconds < 10 ? "0" : ""}${seconds}s`;
}

/** A fraction as a percentage that never rounds a failure away: 0.99996 is `99.996%`, only 1 is `100%`. */
export function formatPercent(fraction: number): string {
  return finePercent(fraction, 0);
}

/** A percentage with so many more digits. */
export function finePercent(fraction: number, more: number): string {
  const percent = fraction * 100;
  for (let digits = 2 + more; digits <= 6 + more; digits++) {
    const value = rounded(percent, digits);
    if (percent === 100 || (value < 100 && (value > 0 || percent === 0))) return `${value}%`;
  }
  return `${percent}%`;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
