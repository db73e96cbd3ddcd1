import { AegisError } from "../../src/kit/errors.ts";
import { didYouMean } from "../../src/kit/suggest.ts";

/** How the app misbehaves on purpose. Health, ready and metrics stay as they are: a gray failure. */
export interface Failures {
  /** Share of requests answered with 500, 0..1. */
  readonly errorRate: number;
  /** Added before each answer. */
  readonly latencyMs: number;
  /** No request is answered any more. */
  readonly hang: boolean;
  /** Kept for ever, per request, up to 1 GiB in all. */
  readonly leakBytesPerRequest: number;
}

export const NO_FAILURES: Failures = {
  errorRate: 0,
  latencyMs: 0,
  hang: false,
  leakBytesPerRequest: 0,
};

/** The most there is of each; all begin at 0. */
export const FAILURE_LIMITS = {
  errorRate: 1,
  latencyMs: 60_000,
  leakBytesPerRequest: 2 ** 20,
} as const;

const RANGES: Readonly<Record<string, number>> = FAILURE_LIMITS;

/** Failures from JSON; what is not named is off. Throws INVALID_INPUT that names what is allowed. */
export function parseFailures(text: string): Failures {
  const given = parseObject(text);
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(NO_FAILURES, key)) {
      const allowed = Object.keys(NO_FAILURES);
      throw new AegisError(
        "INVALID_INPUT",
        `unknown failure "${key}"; allowed are ${allowed.join(", ")}`,
        { hint: didYouMean(key, allowed) },
      );
    }
    checkValue(key, value);
  }
  return { ...NO_FAILURES, ...given };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AegisError("INVALID_INPUT", "the body is not JSON", { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new AegisError("INVALID_INPUT", 'expected an object like {"errorRate": 0.1}');
}

function checkValue(key: string, value: unknown): void {
  const max = RANGES[key];
  if (max === undefined) {
    if (typeof value === "boolean") return;
    throw new AegisError("INVALID_INPUT", `${key} must be true or false`);
  }
  if (typeof value === "number" && value >= 0 && value <= max) return;
  throw new AegisError("INVALID_INPUT", `${key} must be a number from 0 to ${max}`);
}

/** Spreads errors evenly: of n requests floor(n * errorRate) fail, the same ones each time. */
export class ErrorPacer {
  #owed = 0;

  next(errorRate: number): boolean {
    this.#owed = errorRate === 0 ? 0 : this.#owed + errorRate;
    // Sums of tenths end a hair below the whole number.
    if (this.#owed < 1 - 1e-9) return false;
    this.#owed -= 1;
    return true;
  }
}
