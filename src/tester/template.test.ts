import { expect, test } from "vitest";
import { AegisError } from "../kit/errors.ts";
import type { TesterTraffic } from "./contract.ts";
import { masker } from "./mask.ts";
import { requestTemplate } from "./template.ts";
import { localTraffic } from "./trial.ts";

/** As the user writes it. */
const ID = "$" + "{request.id}";

const template = (changes: Partial<TesterTraffic>) =>
  requestTemplate(localTraffic(80, changes), "r");

test("the id stands wherever it is asked for, and nothing else changes", () => {
  const { idOf, bodyOf, headersOf } = template({
    headers: { "X-Key": `k-${ID}-${ID}`, Accept: "*/*" },
    body: `{"id":"${ID}","price":"$5"}`,
  });
  expect(idOf(7)).toBe("r-main-7");
  expect(String(bodyOf("r-main-7"))).toBe('{"id":"r-main-7","price":"$5"}');
  const headers = headersOf("r-main-7", "trace");
  const named = Object.fromEntries(
    headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]]] : [])),
  );
  expect(named).toEqual({
    accept: "*/*",
    "user-agent": "aegis",
    "x-key": "k-r-main-7-r-main-7",
    "x-request-id": "r-main-7",
    traceparent: "trace",
  });
});

test("headers that the user sets are not sent a second time", () => {
  const headers = template({
    headers: { "User-Agent": "mine", "X-Request-Id": `mine-${ID}` },
  }).headersOf("1", "trace");
  expect(headers.filter((_, i) => i % 2 === 0).sort()).toEqual([
    "traceparent",
    "user-agent",
    "x-request-id",
  ]);
  expect(headers).toContain("mine-1");
});

test("trace and span ids never repeat within a traffic, nor between two", () => {
  const traces = new Set<string>();
  const spans = new Set<string>();
  for (const name of ["main", "orders"]) {
    const { traceparentOf } = template({ name });
    for (let n = 0; n < 20_000; n++) {
      const [version, trace, span, flags] = traceparentOf(n).split("-");
      expect([version, flags, trace?.length, span?.length]).toEqual(["00", "01", 32, 16]);
      traces.add(trace as string);
      spans.add(span as string);
    }
  }
  expect([traces.size, spans.size]).toEqual([40_000, 40_000]);
});

test.each([
  [{ url: "ftp://example.test/" }, "http"],
  [{ url: "not a url" }, "http"],
  [{ method: "GE T" }, "method"],
  [{ method: "connect" }, "CONNECT"],
  [{ headers: { Connection: "close" } }, "connection"],
  [{ headers: { "Content-Length": "3" } }, "content-length"],
  [{ headers: { "bad name": "x" } }, "bad name"],
  [{ headers: { "x-token": "line\nbreak" } }, "x-token"],
] as const)("%j is refused before anything is sent", (changes, named) => {
  const refusal = () => template(changes as Partial<TesterTraffic>);
  expect(refusal).toThrow(AegisError);
  expect(refusal).toThrow(named);
});

test("what no header can carry is refused without quoting it: it may be a secret", () => {
  expect(() => template({ headers: { "x-token": "hunter2\n" } })).not.toThrow("hunter2");
});

test("secrets are masked as written, in URLs and in JSON, the longest first", () => {
  const mask = masker(["p&ss", 'say "hi"', "p", ""]);
  expect(mask("a p&ss b")).toBe("a *** b");
  expect(mask("?token=p%26ss")).toBe("?token=***");
  expect(mask(String.raw`{"a":"say \"hi\""}`)).toBe('{"a":"***"}');
  expect(masker([])("nothing")).toBe("nothing");
});
