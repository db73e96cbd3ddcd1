import { expect, test } from "vitest";
import { formatProblem } from "../kit/problem.ts";
import { MINIMAL, parse, problemsOf } from "./testing.ts";

const WITH_CA = MINIMAL.replace("rate: 200/s", "rate: 200/s, ca: certs/ca.pem");

const problems = (readFile: (path: string) => string | Uint8Array): string[] =>
  problemsOf(WITH_CA, { readFile }).map(formatProblem);

test("a file of certificates is looked for beside the scenario", () => {
  const asked: string[] = [];
  const readFile = (path: string): Uint8Array => {
    asked.push(path);
    return Buffer.from("Issuer: me\n-----BEGIN CERTIFICATE-----\n");
  };
  expect(parse(WITH_CA, { readFile }).traffic[0]?.ca).toBe("/scenarios/certs/ca.pem");
  expect(asked).toEqual(["/scenarios/certs/ca.pem"]);
});

test("one that cannot be read is a mistake of the scenario, at its place", () => {
  const found = problems((path) => {
    throw new Error(`cannot read ${path}: no such file`);
  });
  expect(found).toEqual([
    "s.yaml:4:51: traffic.main.ca: cannot read /scenarios/certs/ca.pem: no such file; paths start from the directory of this file",
  ]);
});

test("one that holds something else is a mistake, too", () => {
  const [found] = problems(() => "-----BEGIN PRIVATE KEY-----\n");
  expect(found).toContain("traffic.main.ca: certs/ca.pem holds no certificate; give a PEM file");
});

const withMethod = (method: string): string =>
  MINIMAL.replace("rate: 200/s", `rate: 200/s, method: ${method}`);

test.each(["GET", "TRACE", "PROPFIND", "PURGE", "M-SEARCH", "BAN", "my_own"])(
  "%s is a method to ask by",
  (method) => {
    expect(parse(withMethod(method)).traffic[0]?.method).toBe(method);
  },
);

test.each([
  ["PSOT", 'expected an HTTP method, got "PSOT"; did you mean "POST"?'],
  ["get", 'did you mean "GET"?'],
  ["PROPFND", 'did you mean "PROPFIND"?'],
  ["CONNECT", 'expected an HTTP method other than CONNECT, such as GET, got "CONNECT"'],
  ["connect", "CONNECT cannot be measured"],
  ['"GET /"', 'got "GET /"'],
  ['""', 'got ""'],
  ["7", "expected a text, got 7"],
])("%s is none", (method, message) => {
  const found = problemsOf(withMethod(method)).map(formatProblem);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/^s.yaml:4:\d+: traffic.main.method: /);
  expect(found[0]).toContain(message);
});
