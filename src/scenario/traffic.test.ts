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
