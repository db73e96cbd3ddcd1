import type { ErrorClass } from "../model/assertion.ts";

/** What is known of an exchange when its connection failed. */
export interface Circumstances {
  /** A byte of the answer had come. */
  readonly answering: boolean;
  /** Requests answered on this connection before. */
  readonly served: number;
  /** The peer is known to have closed at or before we wrote. */
  readonly closedBefore: boolean;
}

/** Failures of our own machine (out of sockets or ports): not the target's, so the arrival counts as dropped. */
const OWN_CODES = new Set(["EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS", "ENOMEM"]);

const DNS_CODES = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_NODATA", "EAI_NONAME", "EAI_FAIL"]);
const UNREACHABLE_CODES = new Set([
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "EACCES",
  "EPERM",
]);
/** Errors that say only that the connection is gone. The last two are the client's words for it. */
const LOSS_CODES = new Set([
  "ECONNRESET",
  "EPIPE",
  "ECONNABORTED",
  "GONE",
  "UND_ERR_SOCKET",
  "UND_ERR_DESTROYED",
]);
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_|EPROTO$)/;

/** The errno or library code of an error; of several attempts (IPv6, then IPv4) that of the last. */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return codeOf(error.errors[error.errors.length - 1]);
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

/** Is it our own machine that ran out of something? */
export function isOwnFault(error: unknown): boolean {
  return OWN_CODES.has(codeOf(error));
}

/** Why no connection could be opened. */
export function classifyConnect(error: unknown): ErrorClass {
  const code = codeOf(error);
  if (code === "ECONNREFUSED") return "refused";
  if (DNS_CODES.has(code)) return "dns";
  if (UNREACHABLE_CODES.has(code)) return "unreachable";
  if (code === "ETIMEDOUT") return "timeout";
  if (TLS_CODE.test(code)) return "tls";
  return LOSS_CODES.has(code) ? "reset" : "unreachable";
}

/** Why a request failed that had been given to a connection. */
export function classifyExchange(error: unknown, circumstances: Circumstances): ErrorClass {
  const code = codeOf(error);
  if (code === "ETIMEDOUT") return "timeout";
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" || code === "HPE_INVALID_EOF_STATE") {
    return "cut";
  }
  if (!isConnectionLoss(error)) return "protocol";
  if (circumstances.answering) return "cut";
  return circumstances.served > 0 && (circumstances.closedBefore || failedToWrite(error))
    ? "stale"
    : "reset";
}

/** Did the connection end, rather than the peer say something that cannot be understood? */
export function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error);
  // The library uses one code for an end and for its complaints about what the peer said.
  if (code === "UND_ERR_SOCKET" && error instanceof Error) return !error.message.startsWith("bad ");
  return LOSS_CODES.has(code) || TLS_CODE.test(code);
}

/** The kernel refused the write itself: the connection was gone before it. */
function failedToWrite(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "write";
}
