import type { Healthcheck } from "../model/stack.ts";
import type { RawHealthcheck } from "./schema.ts";
import { splitWords } from "./words.ts";

/** Docker's defaults. */
const DEFAULTS = { intervalMs: 30_000, timeoutMs: 30_000, retries: 3, startPeriodMs: 0 };

/**
 * A service's healthcheck; null when it has none or switches it off. `processPort` is the port it is known by when it can
 * run as a process: a `curl` or `wget` of it, written for a container, is then asked by aegis itself.
 */
export function healthcheckOf(
  raw: RawHealthcheck | undefined,
  processPort: number | null | undefined,
): Healthcheck | null {
  if (raw?.test === undefined || raw.disable === true || raw.test[0] === "NONE") return null;
  const path = processPort === undefined ? undefined : askedPath(raw.test, processPort);
  return {
    test: path === undefined ? { command: commandOf(raw.test) } : { http: path },
    intervalMs: raw.interval ?? DEFAULTS.intervalMs,
    timeoutMs: raw.timeout ?? DEFAULTS.timeoutMs,
    retries: raw.retries ?? DEFAULTS.retries,
    startPeriodMs: raw.start_period ?? DEFAULTS.startPeriodMs,
  };
}

function commandOf([kind, ...rest]: readonly string[]): string[] {
  return kind === "CMD-SHELL" ? ["/bin/sh", "-c", ...rest] : rest;
}

/** The path of `curl -f http://localhost:3000/health || exit 1` and its like; undefined for anything else. */
export function askedPath(
  [kind, ...rest]: readonly string[],
  port: number | null,
): string | undefined {
  const words = kind === "CMD-SHELL" ? shellWords(rest[0] as string) : rest;
  if (words === undefined || !/^(?:.*\/)?(curl|wget)$/.test(words[0] ?? "")) return undefined;
  const targets = words
    .slice(1)
    .map(localTarget)
    .filter((target) => target !== undefined);
  const [target] = targets;
  if (target === undefined || targets.length > 1) return undefined;
  return port === null || target.port === port ? target.path : undefined;
}

function shellWords(line: string): string[] | undefined {
  const words = splitWords(line.replace(/\s*\|\|\s*(exit\s+\d+|false)\s*;?\s*$/, ""));
  return Array.isArray(words) ? words : undefined;
}

function localTarget(word: string): { readonly port: number; readonly path: string } | undefined {
  const match =
    /^(?:http:\/\/)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?(\/\S*)?$/i.exec(word);
  if (!match) return undefined;
  return { port: Number(match[1] ?? 80), path: match[2] ?? "/" };
}
