import { expect, test } from "vitest";
import { forwardedHeaders, returnedHeaders } from "./headers.ts";

const client = (connection?: string) => ({ connection, address: "10.0.0.9" });

test("what belongs to one connection is not forwarded, nor what Connection names", () => {
  const raw = [
    "Host",
    "shop",
    "Connection",
    "close, X-Secret",
    "X-Secret",
    "1",
    "Transfer-Encoding",
    "chunked",
    "TE",
    "trailers",
    "Expect",
    "100-continue",
    "Upgrade",
    "websocket",
    "Accept",
    "*/*",
  ];
  expect(forwardedHeaders(raw, client("close, X-Secret"), { keepLength: false })).toEqual([
    "host",
    "shop",
    "accept",
    "*/*",
    "x-forwarded-for",
    "10.0.0.9",
  ]);
});

test("headers given twice stay two, in their order", () => {
  const raw = ["Cookie", "a", "X", "1", "Cookie", "b"];
  expect(forwardedHeaders(raw, client(), { keepLength: false }).slice(0, 6)).toEqual([
    "cookie",
    "a",
    "x",
    "1",
    "cookie",
    "b",
  ]);
});

test("the client's address is added to those that proxies before us have told", () => {
  const raw = ["X-Forwarded-For", "1.1.1.1", "X-Forwarded-For", "2.2.2.2"];
  expect(forwardedHeaders(raw, client(), { keepLength: false })).toEqual([
    "x-forwarded-for",
    "1.1.1.1, 2.2.2.2, 10.0.0.9",
  ]);
});

test("the length goes along only with a body that is streamed", () => {
  const raw = ["Content-Length", "5"];
  expect(forwardedHeaders(raw, client(), { keepLength: true })).toContain("content-length");
  expect(forwardedHeaders(raw, client(), { keepLength: false })).not.toContain("content-length");
});

test("an answer keeps its own headers, lists of them too", () => {
  const received = {
    connection: "keep-alive, x-hop",
    "keep-alive": "timeout=5",
    "x-hop": "1",
    "set-cookie": ["a", "b"],
    etag: "e",
  };
  expect(returnedHeaders(received)).toEqual({ "set-cookie": ["a", "b"], etag: "e" });
});
