import { expect, test } from "vitest";
import { MINIMAL, parse, problemsOf } from "./testing.ts";

test("where requests are sent from is left open unless the file says it", () => {
  expect(parse(MINIMAL).vantage).toBe("auto");
  expect(parse(`${MINIMAL}vantage: inside\n`).vantage).toBe("inside");
});

test("a shared file may say it, and what is nearer wins", () => {
  const readFile = () => "vantage: inside\n";
  const using = `${MINIMAL}use: shared.yaml\n`;
  expect(parse(using, { readFile }).vantage).toBe("inside");
  expect(parse(`${using}vantage: host\n`, { readFile }).vantage).toBe("host");
});

test("another place is a mistake, with those that there are", () => {
  const [problem, ...others] = problemsOf(`${MINIMAL}vantage: outside\n`);
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ line: 9, path: "vantage" });
  expect(`${problem?.message} ${problem?.hint}`).toMatch(/host.*inside/);
});
