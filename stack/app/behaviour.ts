import { decimalNumber, milliseconds, wholeNumber } from "../settings.ts";
import { FAILURE_LIMITS, type Failures, NO_FAILURES } from "./failures.ts";

/** How a release of the app behaves from its start on: what makes a version a good or a bad one. */
export interface Behaviour {
  /** In force until the control port changes them, and again when it ends its own. */
  readonly failures: Failures;
  /** What an answer of `/` or `/orders` takes by itself. */
  readonly workMs: number;
  /** All work, that of `/work?ms=` too, takes this many times as long. */
  readonly slowFactor: number;
  /** After this long in service `/ready` says so; Infinity: never. */
  readonly readyAfterMs: number;
  /** Exit 1 after this long in service; null: it lives. */
  readonly dieAfterMs: number | null;
  /** Allocated once, at the start, and kept. */
  readonly ballastBytes: number;
}

export const MAX_MEMORY_BYTES = 2 ** 30;

/** Throws INVALID_INPUT: a release that was meant to be bad must not be a good one by a typing error. */
export function behaviourOf(env: Readonly<Record<string, string | undefined>>): Behaviour {
  const never = wholeNumber(env, "NEVER_READY", 0, { min: 0, max: 1 }) === 1;
  const leak = { min: 0, max: FAILURE_LIMITS.leakBytesPerRequest };
  return {
    failures: {
      ...NO_FAILURES,
      errorRate: decimalNumber(env, "FAIL_SHARE", 0, { min: 0, max: FAILURE_LIMITS.errorRate }),
      leakBytesPerRequest: wholeNumber(env, "LEAK_BYTES", 0, leak),
    },
    workMs: wholeNumber(env, "WORK_MS", 0, { min: 0, max: 60_000 }),
    slowFactor: decimalNumber(env, "SLOW_FACTOR", 1, { min: 0, max: 1000 }),
    readyAfterMs: never ? Number.POSITIVE_INFINITY : milliseconds(env, "READY_AFTER_MS", 0),
    dieAfterMs: env["DIE_AFTER_MS"] ? milliseconds(env, "DIE_AFTER_MS", 0) : null,
    ballastBytes: wholeNumber(env, "BALLAST_BYTES", 0, { min: 0, max: MAX_MEMORY_BYTES }),
  };
}
