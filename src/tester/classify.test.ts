import { expect, test } from "vitest";
import { classifyConnect, classifyExchange, codeOf, isOwnFault } from "./classify.ts";

const failure = (code: string, extra: object = {}) =>
  Object.assign(new Error(`it failed: ${code}`), { code, ...extra });

test.each([
  ["ECONNREFUSED", "refused"],
  ["ENOTFOUND", "dns"],
  ["EAI_AGAIN", "dns"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["ETIMEDOUT", "timeout"],
  ["ECONNRESET", "reset"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
  ["CERT_HAS_EXPIRED", "tls"],
  ["EPROTO", "tls"],
] as const)("a connection that fails with %s is %s", (code, expected) => {
  expect(classifyConnect(failure(code))).toBe(expected);
});

test("of several attempts to connect the last one decides", () => {
  const both = new AggregateError([failure("ENETUNREACH"), failure("ECONNREFUSED")]);
  expect(classifyConnect(both)).toBe("refused");
  expect(codeOf(both)).toBe("ECONNREFUSED");
});

test("running out of sockets or ports is our own fault, being refused is not", () => {
  expect(isOwnFault(failure("EMFILE"))).toBe(true);
  expect(isOwnFault(failure("EADDRNOTAVAIL"))).toBe(true);
  expect(isOwnFault(failure("ECONNREFUSED"))).toBe(false);
});

const fresh = { answering: false, served: 0, closedBefore: false };

test.each([
  ["the first request of a connection is never stale", { ...fresh, closedBefore: true }, "reset"],
  [
    "a reused connection closed before the write is",
    { ...fresh, served: 1, closedBefore: true },
    "stale",
  ],
  ["a reused connection closed after it is not", { ...fresh, served: 1 }, "reset"],
  [
    "any connection lost in an answer is cut",
    { answering: true, served: 1, closedBefore: true },
    "cut",
  ],
] as const)("%s", (_, circumstances, expected) => {
  expect(classifyExchange(failure("UND_ERR_SOCKET"), circumstances)).toBe(expected);
  expect(classifyExchange(failure("ECONNRESET", { syscall: "read" }), circumstances)).toBe(
    expected,
  );
});

test("a write that the kernel refuses on a reused connection is stale", () => {
  const refused = failure("EPIPE", { syscall: "write" });
  expect(classifyExchange(refused, { ...fresh, served: 3 })).toBe("stale");
  expect(classifyExchange(refused, fresh)).toBe("reset");
});

test("what the client cannot understand is protocol", () => {
  expect(classifyExchange(failure("HPE_INVALID_CONSTANT"), fresh)).toBe("protocol");
  const bad = Object.assign(new Error("bad response"), { code: "UND_ERR_SOCKET" });
  expect(classifyExchange(bad, fresh)).toBe("protocol");
});
