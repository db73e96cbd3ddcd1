import { describe, expect, test } from "vitest";
import {
  fineDuration,
  finePercent,
  formatDuration,
  formatPercent,
  parseDuration,
  parsePercent,
  parseRate,
} from "./units.ts";

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

test("a duration that is rounded up to the next unit is written in it", () => {
  expect([9.996, 999.6, 59_996, 119_600].map(formatDuration)).toEqual([
    "10ms",
    "1s",
    "1m00s",
    "2m00s",
  ]);
});

test.each([
  [500.4, 1, "500.4ms"],
  [0.3421, 1, "0.342ms"],
  [999.6, 1, "999.6ms"],
  [10_004, 1, "10.004s"],
  [125_400, 1, "2m05.4s"],
  [119_960, 1, "2m00s"],
  [500, 3, "500ms"],
])("%d ms with %d digits more is %s", (ms, more, text) => {
  expect(fineDuration(ms, more)).toBe(text);
});

test("a percentage can have more digits", () => {
  expect([0, 1, 2].map((more) => finePercent(0.998996, more))).toEqual([
    "99.9%",
    "99.9%",
    "99.8996%",
  ]);
  expect(finePercent(0.999, 8)).toBe("99.9%");
  expect([finePercent(1, 3), finePercent(0, 3)]).toEqual(["100%", "0%"]);
});
