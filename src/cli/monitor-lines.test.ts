import { expect, test } from "vitest";
import { createPaper } from "../report/paper.ts";
import { textWidth } from "../report/text-width.ts";
import type { SettledRequest } from "../tester/contract.ts";
import { requestLine, secondLine } from "./monitor-lines.ts";
import type { MonitorSecond } from "./monitor-seconds.ts";

const NOON = new Date(2026, 0, 2, 12, 0, 7);
const GOOD: MonitorSecond = {
  t: 0,
  sent: 20,
  ok: 20,
  dropped: 0,
  errors: [],
  p50: 1200,
  p99: 3400,
  versions: [["v1", 20]],
  tenths: [500, 500, 1500, 4500, 13_500, 500, 500, 500, 500, null],
};

test("a good second: time, status, rate, latency, sparkline, version", () => {
  expect(secondLine(paper(), GOOD, NOON)).toBe(
    "12:00:07  ok         20/s  p50 1.2ms   p99 3.4ms   ▁▁▂▃▄▁▁▁▁   v1",
  );
});

test("a bad second says what failed, and a dead one that all did", () => {
  const some = {
    ...GOOD,
    ok: 17,
    errors: [
      ["timeout", 2],
      ["reset", 1],
    ] as const,
  };
  expect(secondLine(paper(), some, NOON)).toMatch(/FAILING .* timeout 2 reset 1 {2}v1$/);
  const none = { ...GOOD, ok: 0, p50: Number.NaN, p99: Number.NaN, versions: [] };
  expect(secondLine(paper(), none, NOON)).toMatch(/DOWN .* p50 - +p99 -/);
});

test("a mix of versions is told in percent", () => {
  const mixed = {
    ...GOOD,
    versions: [
      ["v1", 15],
      ["v2", 5],
    ] as const,
  };
  expect(secondLine(paper(), mixed, NOON)).toMatch(/v1 75% v2 25%$/);
});

test("what the tester could not send is told", () => {
  expect(secondLine(paper(), { ...GOOD, dropped: 3 }, NOON)).toMatch(/not sent 3 {2}v1$/);
});

test.each([24, 40, 60, 80])("no line is wider than %i columns", (width) => {
  const long = {
    ...GOOD,
    ok: 1,
    errors: [
      ["unreachable", 12],
      ["protocol", 7],
    ] as const,
  };
  for (const unicode of [true, false]) {
    const line = secondLine(createPaper({ width, color: false, unicode }), long, NOON);
    expect(textWidth(line)).toBeLessThanOrEqual(width);
  }
});

test.each([
  [{}, "200 OK 12ms app2 v1"],
  [{ replica: null, version: null }, "200 OK 12ms"],
  [{ ok: false, class: "status", status: 503 }, "503 Service Unavailable 12ms app2 v1"],
  [{ ok: false, class: "body" }, "200 OK body 12ms app2 v1"],
  [
    { ok: false, class: "timeout", status: null, tookUs: 1_000_000, replica: null, version: null },
    "timeout 1s",
  ],
])("a request %j is one line", (changes, line) => {
  const request: SettledRequest = {
    traffic: "main",
    t: 0,
    id: "r-main-1",
    ok: true,
    class: null,
    status: 200,
    tookUs: 12_000,
    replica: "app2",
    version: "v1",
    ...changes,
  };
  expect(requestLine(paper(), request)).toBe(line);
});

function paper() {
  return createPaper({ width: 100, color: false, unicode: true });
}
