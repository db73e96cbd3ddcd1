import { validateHeaderName, validateHeaderValue } from "node:http";
import { AegisError, messageOf } from "../kit/errors.ts";
import { hash32 } from "../kit/seed.ts";
import type { TesterTraffic } from "./contract.ts";

const REQUEST_ID = "${" + "request.id}";
/** Set by the client itself, which refuses them from outside. */
const RESERVED = [
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
];

/** Makes the variable parts of each request of one traffic: id, headers, body. */
export interface RequestTemplate {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  idOf(n: number): string;
  traceparentOf(n: number): string;
  /** Name, value, name, value ... */
  headersOf(id: string, traceparent: string): string[];
  bodyOf(id: string): Buffer | null;
}

/** Throws INVALID_INPUT for a URL, method or header that no request can carry. */
export function requestTemplate(traffic: TesterTraffic, run: string): RequestTemplate {
  const url = urlOf(traffic);
  checkMethod(traffic);
  const prefix = `${run}-${traffic.name}-`;
  const { fixed, varying } = splitHeaders(traffic);
  const names = new Set([...fixed, ...varying.flat()].filter((_, index) => index % 2 === 0));
  const body = traffic.body;
  const fixedBody = body === null || body.includes(REQUEST_ID) ? null : Buffer.from(body);
  return {
    method: traffic.method,
    path: url.pathname + url.search,
    idOf: (n) => prefix + n,
    traceparentOf: traceparents(run, traffic.name),
    headersOf(id, traceparent) {
      const headers = fixed.slice();
      for (const [name, value] of varying) headers.push(name, value.replaceAll(REQUEST_ID, id));
      if (!names.has("x-request-id")) headers.push("x-request-id", id);
      if (!names.has("traceparent")) headers.push("traceparent", traceparent);
      return headers;
    },
    bodyOf: (id) =>
      body === null || fixedBody !== null
        ? fixedBody
        : Buffer.from(body.replaceAll(REQUEST_ID, id)),
  };
}

/** The URL of a traffic, which must be an http or https one. */
export function urlOf({ name, url }: TesterTraffic): URL {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return parsed;
  throw new AegisError("INVALID_INPUT", `${name}: expected an http or https URL, got "${url}"`, {
    hint: "write it like http://127.0.0.1:8080/",
  });
}

/**
 * W3C trace context (level 1), a trace per request. The last 32 bits of both ids are a bijective mix of n (murmur3's
 * finalizer): they look random to a sampler and repeat only after 2^32 requests, when the part before them changes.
 */
function traceparents(run: string, name: string): (n: number) => string {
  let turn = -1;
  let trace = "";
  let span = "";
  return (n) => {
    const nowTurn = Math.floor(n / 2 ** 32);
    if (nowTurn !== turn) {
      turn = nowTurn;
      trace = ["a", "b", "c"].map((part) => hex(hash32(run, name, turn, part))).join("");
      span = hex(hash32(run, name, turn, "span") | 1);
    }
    const last = hex(mix(n));
    return `00-${trace}${last}-${span}${last}-01`;
  };
}

function mix(n: number): number {
  let x = n | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

const HEX_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Eight digits, from a table: this runs for every request. */
function hex(n: number): string {
  const [a, b, c, d] = [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
  return `${HEX_BYTES[a]}${HEX_BYTES[b]}${HEX_BYTES[c]}${HEX_BYTES[d]}`;
}

function splitHeaders(traffic: TesterTraffic): {
  fixed: string[];
  varying: (readonly [string, string])[];
} {
  const fixed: string[] = [];
  const varying: (readonly [string, string])[] = [];
  for (const [written, value] of Object.entries(traffic.headers)) {
    const name = written.toLowerCase();
    checkHeader(traffic.name, name, value);
    if (value.includes(REQUEST_ID)) varying.push([name, value]);
    else fixed.push(name, value);
  }
  if (!Object.keys(traffic.headers).some((name) => name.toLowerCase() === "user-agent")) {
    fixed.push("user-agent", "aegis");
  }
  return { fixed, varying };
}

function checkHeader(traffic: string, name: string, value: string): void {
  if (RESERVED.includes(name)) {
    throw new AegisError(
      "INVALID_INPUT",
      `${traffic}: the header "${name}" is set by the tester itself and cannot be given`,
      { hint: "remove it; for new connections set `fresh` instead" },
    );
  }
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (error) {
    // The value may be a secret: only Node's own words, which do not quote it.
    throw new AegisError("INVALID_INPUT", `${traffic}: header "${name}": ${messageOf(error)}`);
  }
}

function checkMethod({ name, method }: TesterTraffic): void {
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method) && method.toUpperCase() !== "CONNECT") return;
  throw new AegisError(
    "INVALID_INPUT",
    `${name}: expected an HTTP method other than CONNECT, got "${method}"`,
  );
}
