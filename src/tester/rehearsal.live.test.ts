import { expect, test } from "vitest";
import type { TesterTraffic } from "./contract.ts";
import { rehearse } from "./rehearsal.ts";

const GET: TesterTraffic = {
  name: "main",
  url: "https://nowhere.invalid/",
  connect: { host: "192.0.2.1", port: 9 },
  method: "GET",
  headers: {},
  body: null,
  rate: 100,
  timeoutMs: 1,
  expect: { status: [{ from: 200, to: 299 }], body: null },
  fresh: 0,
  ca: "/no/such/file",
  precise: false,
  identify: { replica: null, version: null },
};

test.each<[string, readonly TesterTraffic[]]>([
  ["GET", [GET]],
  ["HEAD", [{ ...GET, method: "HEAD" }]],
  ["a large body", [{ ...GET, method: "POST", body: "x".repeat(100_000) }]],
  ["new connections alone", [{ ...GET, fresh: 1 }]],
  [
    "a failure that is expected",
    [{ ...GET, expect: { status: [{ from: 404, to: 404 }], body: "no" } }],
  ],
  [
    "two of them",
    [GET, { ...GET, method: "DELETE", identify: { replica: "x-r", version: "x-v" } }],
  ],
])("a run of %s is rehearsed whole, and nobody else hears of it", async (_, traffic) => {
  expect(await rehearse(traffic, 300, true)).toBe(300);
});

test("without traffic there is nothing to rehearse", async () => {
  expect(await rehearse([], 300, false)).toBe(0);
});
