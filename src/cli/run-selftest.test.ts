import { expect, test } from "vitest";
import type { SelftestReport } from "../tester/selftest.ts";
import { tellReport } from "./run-selftest.ts";
import { fakeHost } from "./testing/fake-host.ts";

const right: SelftestReport["checks"][number] = {
  name: "freeze: requests sent",
  measured: 610,
  expected: 623.54,
  tolerance: 16.5,
  below: false,
  unit: "requests",
  ok: true,
};
const wrong = { ...right, name: "kill: failures", measured: 0, expected: 75, ok: false };
const GOOD: SelftestReport = { ok: true, checks: [right] };
const BAD: SelftestReport = { ok: false, checks: [right, wrong] };

function told(report: SelftestReport, json: boolean) {
  const host = fakeHost();
  tellReport(host, report, { json });
  return { code: host.exitCode, text: host.out.join("\n") };
}

test("a tester that is right ends with 0 and a table of what was measured, true and allowed", () => {
  const { code, text } = told(GOOD, false);
  expect(code).toBe(0);
  expect(text).toMatch(/check +measured +true +allowed/);
  expect(text).toMatch(/✓ +freeze: requests sent +610 requests +623\.5 +±16\.5/);
  expect(text).toContain("tells the truth");
});

test("one that is wrong ends with 1, and the table says where", () => {
  const { code, text } = told(BAD, false);
  expect(code).toBe(1);
  expect(text).toMatch(/✓ +freeze: requests sent/);
  expect(text).toMatch(/✗ +kill: failures +0 requests +75 /);
  expect(text).toContain("1 of 2 numbers");
});

test.each([
  [GOOD, 0],
  [BAD, 1],
])("as JSON it is the report, and the exit code is the same", (report, code) => {
  const said = told(report, true);
  expect(JSON.parse(said.text)).toEqual(report);
  expect(said.code).toBe(code);
});
