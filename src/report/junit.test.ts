import { describe, expect, test } from "vitest";
import { type ParsedElement, parseXml } from "./example/parse-xml.ts";
import { exampleRun } from "./example/run.ts";
import { junitReport } from "./junit.ts";
import { escapeXml } from "./xml.ts";

const path = ".aegis/runs/x";

function suite(word: "pass" | "fail" | "inconclusive"): ParsedElement {
  const { timeline, verdict } = exampleRun(word);
  return parseXml(junitReport([{ timeline, verdict, path }])).children[0] as ParsedElement;
}

function cases(of: ParsedElement, kind?: string): ParsedElement[] {
  const all = of.children.filter(({ name }) => name === "testcase");
  return kind === undefined ? all : all.filter(({ children }) => children[0]?.name === kind);
}

describe.each(["pass", "fail", "inconclusive"] as const)(
  "the JUnit of a run that says %s",
  (word) => {
    test("is well-formed, counts its cases right and is the same every time", () => {
      const { attributes } = suite(word);
      expect(Number(attributes["tests"])).toBe(cases(suite(word)).length);
      expect(Number(attributes["failures"])).toBe(cases(suite(word), "failure").length);
      expect(Number(attributes["errors"])).toBe(cases(suite(word), "error").length);
      expect(Number(attributes["skipped"])).toBe(cases(suite(word), "skipped").length);
      const { timeline, verdict } = exampleRun(word);
      expect(junitReport([{ timeline, verdict, path }])).toBe(
        junitReport([{ timeline, verdict, path }]),
      );
    });

    test("names every case once, under the scenario", () => {
      const names = cases(suite(word)).map(({ attributes }) => attributes["name"]);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toContain("failed == 0 [main]");
      for (const { attributes } of cases(suite(word))) {
        expect(attributes["classname"]).toBe("A crash storm, then one replica freezes");
        expect(Number(attributes["time"])).toBeGreaterThanOrEqual(0);
      }
    });
  },
);

test("a finding that does not hold is a failure with its numbers and its sentence", () => {
  const failed = cases(suite("fail"), "failure");
  expect(failed).toHaveLength(4);
  const [first] = failed[0]?.children ?? [];
  expect(first?.attributes["message"]).toBe("measured 427, allowed 0");
  expect(first?.text).toContain("427 of 8,000 requests failed");
  expect(first?.text).toContain("scenarios/crash-storm.yaml:30");
  expect(cases(suite("pass"), "failure")).toEqual([]);
});

test("what cannot be told is an error with its reason, of a finding or of the run", () => {
  const errors = cases(suite("inconclusive"), "error");
  const reasons = errors.map(
    ({ children }) => `${children[0]?.attributes["message"]} ${children[0]?.text}`,
  );
  expect(reasons.join("\n")).toContain("37 arrivals were dropped");
  expect(errors.at(-1)?.attributes["name"]).toBe("the run as a whole");
  expect(reasons.at(-1)).toContain("freeze#1 (pause of app2) is not proven");
  expect(cases(suite("pass"), "error")).toEqual([]);
});

test("a run that failed by no finding of its own is not all green", () => {
  const { timeline, verdict } = exampleRun("pass");
  const aborted = { ...verdict, verdict: "fail" as const, exit: 1, summary: "It was aborted." };
  const detail = "main.success over 5s < 50%";
  const ended = { ...timeline.ended, reason: "aborted", detail } as typeof timeline.ended;
  const xml = parseXml(junitReport([{ timeline: { ...timeline, ended }, verdict: aborted, path }]));
  const [failure] = cases(xml.children[0] as ParsedElement, "failure");
  expect(failure?.children[0]?.attributes["message"]).toBe(`Aborted: ${detail}`);
});

test("a doubt that explains the verdict is told once", () => {
  const { timeline, verdict } = exampleRun("pass");
  const doubts = ["step wake was not injected"];
  const unsure = { ...verdict, verdict: "inconclusive" as const, summary: "Unsure.", doubts };
  const xml = parseXml(junitReport([{ timeline, verdict: unsure, path }]));
  const errors = cases(xml.children[0] as ParsedElement, "error");
  expect(errors.map(({ children }) => children[0]?.attributes["message"])).toEqual(doubts);
});

test("skipped findings and steps are shown as skipped, with why", () => {
  const skipped = cases(suite("pass"), "skipped");
  expect(skipped.map(({ attributes }) => attributes["name"])).toEqual([
    "recovery of every step <= 10s [probe]",
    "step probe (exec)",
  ]);
  expect(skipped[1]?.children[0]?.attributes["message"]).toContain("cannot exec");
});

test("seed, engine, run and verdict are properties", () => {
  const properties = suite("fail").children[0]?.children.map(({ attributes }) => attributes);
  expect(properties).toContainEqual({ name: "seed", value: "42" });
  expect(properties).toContainEqual({ name: "engine", value: "process" });
  expect(properties).toContainEqual({ name: "verdict", value: "FAIL" });
  expect(properties).toContainEqual({ name: "run", value: "20261120T135319Z-crash-storm-5f1c" });
});

test("how well the tester itself did is among the properties, of each traffic by name", () => {
  const properties = suite("inconclusive").children[0]?.children.map(({ attributes }) => [
    attributes["name"],
    attributes["value"],
  ]);
  const ofTester = properties?.filter(([name]) => name?.startsWith("tester."));
  const late = ["latenessMs.p50", "latenessMs.p99", "latenessMs.max"];
  expect(ofTester?.map(([name]) => name)).toEqual(
    ["main", "orders"].flatMap((traffic) =>
      ["rate", "rateError", "dropped", "burst", ...late].map((name) => `tester.${traffic}.${name}`),
    ),
  );
  expect(ofTester).toContainEqual(["tester.main.dropped", "37"]);
  expect(ofTester).toContainEqual(["tester.orders.rate", "20"]);
  expect(ofTester?.filter(([, value]) => !Number.isFinite(Number(value)))).toEqual([]);
});

test("several runs are several suites, added up", () => {
  const runs = (["pass", "fail"] as const).map((word) => ({ ...exampleRun(word), path }));
  const root = parseXml(junitReport(runs));
  expect(root.children).toHaveLength(2);
  expect(root.attributes).toMatchObject({ failures: "4", time: "84.000" });
});

test("markup and characters that XML forbids arrive as text, or as a replacement", () => {
  const { timeline, verdict } = exampleRun("fail");
  const nasty = `]]><a b="c">&amp;'\u0000\u001b[31m\ud800\ufffe\n\ttail`;
  const findings = verdict.findings.map((each) => ({ ...each, assertion: nasty, sentence: nasty }));
  const root = parseXml(junitReport([{ timeline, verdict: { ...verdict, findings }, path }]));
  const [failed] = cases(root.children[0] as ParsedElement, "failure");
  const expected = `]]><a b="c">&amp;'\ufffd\ufffd[31m\ufffd\ufffd\n\ttail`;
  expect(failed?.attributes["name"]).toBe(`${expected} [main]`);
  expect(failed?.children[0]?.text).toContain(expected);
});

test("the check of well-formedness can fail", () => {
  expect(() => parseXml("<a><b></a>")).toThrow("closed by");
  expect(() => parseXml('<a b="1" b="2"/>')).toThrow("twice");
  expect(() => parseXml("<a>&nbsp;</a>")).toThrow("bare &");
  expect(() => parseXml("<a>\u0001</a>")).toThrow("forbids");
  expect(() => parseXml("<a/><b/>")).toThrow("one root");
  expect(parseXml(`<a>${escapeXml("<&>")}</a>`).text).toBe("<&>");
});
