import type { Replica } from "../../model/replica.ts";
import type { Healthcheck } from "../../model/stack.ts";

/** The health of one life, folded from its probes. Times are ms on any one clock. */
export interface HealthState {
  readonly health: Replica["health"];
  /** Consecutive failures that count. */
  readonly failures: number;
  readonly startedAt: number;
  /** When a failure was last counted. */
  readonly countedAt: number;
}

/** At the start of a life. */
export function freshHealth(check: Healthcheck | null, now: number): HealthState {
  const health = check === null ? "none" : "starting";
  return { health, failures: 0, startedAt: now, countedAt: now };
}

/**
 * Docker's rules: one success makes healthy; `retries` failures in a row make unhealthy; failures within the start period
 * do not count. We look more often than `interval` until the first success, so at most one failure per interval counts.
 */
export function afterProbe(
  state: HealthState,
  check: Healthcheck,
  ok: boolean,
  now: number,
): HealthState {
  if (ok) return { ...state, health: "healthy", failures: 0, countedAt: now };
  const early = state.health === "starting" && now - state.startedAt < check.startPeriodMs;
  const soon = state.health === "starting" && now - state.countedAt < check.intervalMs;
  if (early || soon) return state;
  const failures = state.failures + 1;
  const health = failures >= Math.max(1, check.retries) ? "unhealthy" : state.health;
  return { ...state, health, failures, countedAt: now };
}

const EAGER_MS = 100;

/** How long until the next probe: eager while it starts, as declared afterwards. */
export function nextProbeMs(state: HealthState, check: Healthcheck): number {
  return state.health === "starting" ? Math.min(EAGER_MS, check.intervalMs) : check.intervalMs;
}
