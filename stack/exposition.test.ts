import { expect, test } from "vitest";
import { exposition } from "./exposition.ts";

test("metrics are Prometheus text: help and type once, labels escaped", () => {
  const metric = { name: "hits_total", type: "counter", help: "Hits." } as const;
  expect(
    exposition([
      { ...metric, labels: { path: 'a"b\\c\nd' }, value: 1 },
      { ...metric, labels: { path: "/", code: "200" }, value: 2 },
      { name: "up", type: "gauge", help: "Up.", labels: {}, value: 1 },
    ]),
  ).toBe(
    [
      "# HELP hits_total Hits.",
      "# TYPE hits_total counter",
      String.raw`hits_total{path="a\"b\\c\nd"} 1`,
      'hits_total{path="/",code="200"} 2',
      "# HELP up Up.",
      "# TYPE up gauge",
      "up 1",
      "",
    ].join("\n"),
  );
});
