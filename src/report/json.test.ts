import { describe, expect, test } from "vitest";
import { exampleRun } from "./example/run.ts";
import { jsonReport, jsonReportOf } from "./json.ts";
import { type JsonReport, jsonReportSchema, jsonReportSchemaText } from "./json-schema.ts";

const OPTIONS = { runPath: ".aegis/runs/x" };

function parsed(word: "pass" | "fail" | "inconclusive"): JsonReport {
  const { timeline, verdict } = exampleRun(word);
  return jsonReportSchema.parse(JSON.parse(jsonReport(timeline, verdict, OPTIONS)));
}

describe.each(["pass", "fail", "inconclusive"] as const)(
  "the JSON of a run that says %s",
  (word) => {
    test("is as its schema says, and says it first", () => {
      expect(Object.keys(parsed(word)).slice(0, 2)).toEqual(["report", "aegis"]);
      expect(parsed(word)).toMatchObject({ report: 1, verdict: word, seed: 42 });
    });

    test("has the keys of the schema in the same order, and the same bytes every time", () => {
      const { timeline, verdict } = exampleRun(word);
      const text = jsonReport(timeline, verdict, OPTIONS);
      expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(jsonReportSchema.shape));
      expect(jsonReport(structuredClone(timeline), verdict, OPTIONS)).toBe(text);
    });
  },
);

test("counts per window, with kept and fresh connections that add up to the whole", () => {
  const [main] = parsed("fail").traffic;
  const whole = main?.windows.find(({ kind }) => kind === "run");
  expect(whole).toMatchObject({ requests: 8000, failed: 427, errors: { timeout: 422, reset: 5 } });
  const { kept, fresh } = whole?.connections ?? {};
  expect((kept?.requests ?? 0) + (fresh?.requests ?? 0)).toBe(8000);
  expect((kept?.failed ?? 0) + (fresh?.failed ?? 0)).toBe(427);
  expect(main?.windows.map(({ name }) => name)).toEqual([
    "whole run",
    "baseline",
    "chaos",
    "recovery",
    "during storm",
    "during freeze",
  ]);
});

test("tells of each injection whom, when, whether it is proven and how long it took to recover", () => {
  const [storm, freeze, probe] = parsed("fail").steps;
  expect(storm?.injections[0]).toMatchObject({
    id: "storm#1",
    target: { name: "app2" },
    appliedMs: 12_004,
    recoveryMs: 606,
    proven: true,
  });
  expect(storm?.injections[4]).toMatchObject({ state: "not recovered", recoveryMs: null });
  expect(freeze?.injections[0]).toMatchObject({ appliedMs: 24_420, harmEndedMs: 28_420 });
  expect(probe).toMatchObject({ stage: "skipped", injections: [] });
  expect(parsed("inconclusive").steps[1]?.injections[0]?.proven).toBe(false);
});

test("has the tester's own health: what was dropped, how late, how far from the rate", () => {
  expect(parsed("pass").traffic[0]?.tester).toMatchObject({ dropped: 0, rateError: 0, burst: 3 });
  expect(parsed("inconclusive").traffic[0]?.tester).toMatchObject({ dropped: 37, rateError: 0 });
});

test("lists the first failures and says how many there are besides", () => {
  const { failures, failuresLeft } = parsed("fail");
  expect(failures[0]).toMatchObject({ class: "reset", atMs: 14_100 });
  expect(failures.length + failuresLeft).toBe(427 + 24);
  expect(parsed("pass")).toMatchObject({ failures: [], failuresLeft: 0 });
});

test("the schema is published as JSON Schema and refuses a report of another version", () => {
  const schema = JSON.parse(jsonReportSchemaText());
  expect(schema).toMatchObject({ title: "aegis report", type: "object" });
  expect(schema.properties.report).toMatchObject({ const: 1 });
  expect(schema.required).toContain("verdict");
  expect(jsonReportSchema.safeParse({ ...parsed("pass"), report: 2 }).success).toBe(false);
  expect(jsonReportSchema.safeParse({ ...parsed("pass"), extra: 2 }).success).toBe(false);
});

test("takes the tester's own account of its health where the journal has one", () => {
  const { timeline, verdict } = exampleRun("pass");
  const facts = {
    kind: "summary",
    traffic: "main",
    rateError: -0.25,
    dropped: 9,
    lateness: { p50: 70, p99: 800, max: 12_345 },
    maxBurst: 17,
  };
  const notes = [{ type: "note" as const, t: timeline.end, step: null, stage: "tester", facts }];
  const report = jsonReportOf({ ...timeline, notes }, verdict, null);
  expect(report.traffic[0]?.tester).toEqual({
    rate: 200,
    rateError: -0.25,
    dropped: 9,
    latenessMs: { p50: 0.07, p99: 0.8, max: 12.345 },
    burst: 17,
  });
  expect(report.traffic[1]?.tester).toMatchObject({ rateError: 0, dropped: 0, burst: 3 });
});

test("answers add up to the requests that got one, in the whole run and in each phase", () => {
  const [main] = parsed("fail").traffic;
  const replicas = main?.answers.filter(({ by }) => by === "replica") ?? [];
  const whole = main?.windows.find(({ kind }) => kind === "run");
  const answered = replicas.reduce((sum, { answers }) => sum + answers, 0);
  expect(answered).toBe((whole?.requests ?? 0) - (whole?.failed ?? 0));
  for (const phase of ["baseline", "chaos", "recovery"] as const) {
    const shares = replicas.map(({ phases }) => phases[phase] ?? 0);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
  }
});
