import { Pool } from "undici";
import type { Member } from "./members.ts";
import type { UpstreamSettings } from "./settings.ts";

/** The connections to one member. */
export interface Connections {
  /** Kept alive, for what may be repeated when an idle one turns out to be dead. */
  readonly kept: Pool;
  /** A fresh one each time, for what must not be sent twice and for health checks. */
  readonly fresh: Pool;
}

export function connect(member: Member, settings: UpstreamSettings): Connections {
  const origin = `http://${member.host}:${member.port}`;
  const common = {
    connect: { timeout: settings.connectTimeoutMs },
    // Deadlines are the exchange's own: undici's are only a second exact.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: settings.keepAliveMs,
    keepAliveMaxTimeout: settings.keepAliveMs,
  };
  return {
    kept: new Pool(origin, { ...common, pipelining: 1 }),
    fresh: new Pool(origin, { ...common, pipelining: 0 }),
  };
}

/** Lets what is in flight finish. */
export function disconnect({ kept, fresh }: Connections): void {
  for (const pool of [kept, fresh]) pool.close().catch(() => undefined);
}

/** Why a try failed, in one or two words. */
export function failureWord(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  switch (code) {
    case "ECONNREFUSED":
      return "refused";
    case "UND_ERR_CONNECT_TIMEOUT":
    case "ETIMEDOUT":
      return "connect timeout";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return "unreachable";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "name not found";
    case "ECONNRESET":
    case "EPIPE":
    case "UND_ERR_SOCKET":
      return "reset";
    default:
      return typeof code === "string" && code.startsWith("HPE_") ? "protocol" : String(code);
  }
}

/** undici calls a 304 that tells the length of what it does not send, as it may (RFC 9110, section 8.6), a broken one. */
export function isWholeAfterAll(status: number, error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return status === 304 && code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH";
}
