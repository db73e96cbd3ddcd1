import { describe, expect, test } from "vitest";
import { formatDuration, formatPercent, parseDuration, parsePercent, parseRate } from "./units.ts";

describe("durations need a unit", () => {
  test.each([
    ["250ms", 250],
    ["1.5s", 1500],
    ["1m30s", 90_000],
    ["100us", 0.1],
    ["2h", 7_200_000],
  ])("%s is %d ms", (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(["5", "", "5 s", "-1s", "s", "1.s", "1d", "5sec"])("%j is refused", (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});

test("rates are per second, minute or hour", () => {
  expect(parseRate("200/s")).toBe(200);
  expect(parseRate("30/m")).toBe(0.5);
  expect(parseRate("200")).toBeUndefined();
});

test("a percentage needs its sign", () => {
  expect(parsePercent("99.9%")).toBeCloseTo(0.999, 12);
  expect(parsePercent("0.999")).toBeUndefined();
});

test("a percentage never rounds a failure away", () => {
  expect(formatPercent(1)).toBe("100%");
  expect(formatPercent(0.999999)).toBe("99.9999%");
  expect(formatPercent(0)).toBe("0%");
  expect(formatPercent(0.000001)).toBe("0.0001%");
});

test("durations read naturally at every size", () => {
  expect([0.3421, 12.4, 1250, 125_000].map(formatDuration)).toEqual([
    "0.34ms",
    "12ms",
    "1.25s",
    "2m05s",
  ]);
});
