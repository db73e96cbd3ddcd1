import { milliseconds, onOrOff } from "../settings.ts";

/** How a forwarder treats its members, from the environment. */
export interface UpstreamSettings {
  /** False (FAILOVER=off): plain round robin over the members of the start, no checks, no second try. */
  readonly failover: boolean;
  readonly healthPath: string;
  readonly healthIntervalMs: number;
  readonly healthTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** After this long without a response head a safe request is tried on another member as well. */
  readonly tryTimeoutMs: number;
  /** Without a response head after this long the answer is 504. */
  readonly responseTimeoutMs: number;
  /** Idle connections to members are closed after this; members must drain for longer. */
  readonly keepAliveMs: number;
}

export function upstreamSettings(
  env: Readonly<Record<string, string | undefined>>,
): UpstreamSettings {
  return {
    failover: onOrOff(env, "FAILOVER", "on"),
    healthPath: env["HEALTH_PATH"] || "/ready",
    healthIntervalMs: milliseconds(env, "HEALTH_INTERVAL_MS", 250),
    healthTimeoutMs: milliseconds(env, "HEALTH_TIMEOUT_MS", 500),
    connectTimeoutMs: milliseconds(env, "CONNECT_TIMEOUT_MS", 300),
    tryTimeoutMs: milliseconds(env, "TRY_TIMEOUT_MS", 250),
    responseTimeoutMs: milliseconds(env, "RESPONSE_TIMEOUT_MS", 10_000),
    keepAliveMs: milliseconds(env, "KEEPALIVE_MS", 1000),
  };
}
