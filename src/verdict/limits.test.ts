import { describe, expect, test } from "vitest";
import type { Comparison, Limit } from "../model/assertion.ts";
import {
  compare,
  digitsApart,
  formatAllowed,
  laxest,
  refine,
  resolveLimits,
  weigh,
} from "./limits.ts";
import { known, knownWords, type Measured, unknown } from "./measured.ts";

const ms = (value: number): Limit => ({ kind: "duration", ms: value });
const words = (...list: string[]): Limit => ({ kind: "words", words: list });
const twice: Limit = { kind: "baseline", times: 2 };

function weight(
  measured: Measured,
  comparison: Comparison,
  limits: readonly Limit[],
  baseline: Measured = known("ms", 100),
): string {
  return weigh(
    measured,
    comparison,
    resolveLimits(limits, () => baseline),
  );
}

test.each<[number, Comparison, number, boolean]>([
  [5, "==", 5, true],
  [5, "==", 6, false],
  [5, "!=", 6, true],
  [5, "!=", 5, false],
  [5, "<", 5, false],
  [4, "<", 5, true],
  [5, "<=", 5, true],
  [5.1, "<=", 5, false],
  [5, ">", 5, false],
  [6, ">", 5, true],
  [5, ">=", 5, true],
  [4.9, ">=", 5, false],
])("%d %s %d is %s", (value, comparison, limit, expected) => {
  expect(compare(value, comparison, limit)).toBe(expected);
});

test("999 of 1000 is 99.9 %, whatever binary fractions say", () => {
  expect(99.9 / 100).not.toBe(999 / 1000);
  expect(compare(999 / 1000, ">=", 99.9 / 100)).toBe(true);
  expect(compare(998 / 1000, ">=", 99.9 / 100)).toBe(false);
});

describe("several limits: the laxer one counts", () => {
  test.each<[number, string]>([
    [150, "holds"],
    [300, "holds"],
    [401, "broken"],
  ])("%d ms against 2x a baseline of 100 ms or 400 ms: %s", (value, expected) => {
    expect(weight(known("ms", value), "<=", [twice, ms(400)])).toBe(expected);
  });

  test("a baseline that is not known can only save, never condemn", () => {
    const lost = unknown("ms", "too few");
    expect(weight(known("ms", 300), "<=", [twice, ms(400)], lost)).toBe("holds");
    expect(weight(known("ms", 500), "<=", [twice, ms(400)], lost)).toBe("unknown");
    expect(weight(known("ms", 500), "<=", [twice], lost)).toBe("unknown");
  });

  test("what is allowed shows what the baseline came to", () => {
    const limits = resolveLimits([twice, ms(400)], () => known("ms", 100));
    expect(formatAllowed("<=", limits)).toBe("<= 200ms (2x baseline) or 400ms");
  });
});

describe("a number of which only a bound is known", () => {
  const under20 = known("ms", 0, { atMost: 20 });

  test.each<[number, string]>([
    [20, "holds"],
    [500, "holds"],
    [10, "unknown"],
  ])("under 20 ms <= %d ms: %s", (limit, expected) => {
    expect(weight(under20, "<=", [ms(limit)])).toBe(expected);
  });
});

test("what cannot be told decides nothing", () => {
  expect(weight(unknown("count", "lost"), "==", [{ kind: "number", value: 0 }])).toBe("unknown");
});

test("a baseline of which only a bound is known is taken at its bound", () => {
  const under20 = known("ms", 0, { atMost: 20 });
  expect(weight(known("ms", 39), "<=", [twice], under20)).toBe("holds");
  expect(weight(known("ms", 41), "<=", [twice], under20)).toBe("broken");
});

describe("a number and a limit that it differs from", () => {
  const told = (measured: Measured, limits: readonly Limit[], baseline = 100) => {
    const resolved = resolveLimits(limits, () => known("ms", baseline));
    const { unit, value } = measured;
    const more = digitsApart(unit, [value as number], resolved);
    return [measured, ...resolved].map((each) => refine(each, unit, more).text);
  };

  test.each<[Measured, Limit, string[]]>([
    [known("ms", 500.4), ms(500), ["500.4ms", "500ms"]],
    [known("ms", 500), ms(500), ["500ms", "500ms"]],
    [known("ms", 512.4), ms(500), ["512ms", "500ms"]],
    [known("ms", 10_003), ms(10_000), ["10.003s", "10s"]],
    [known("ms", 999.7), ms(1000), ["999.7ms", "1s"]],
    [known("ms", 120_300), ms(120_000), ["2m00.3s", "2m00s"]],
    [known("fraction", 0.998999), { kind: "percent", fraction: 0.999 }, ["99.8999%", "99.9%"]],
    [known("count", 1), { kind: "number", value: 0 }, ["1", "0"]],
    [known("ms", 500.4, { text: "at least 500ms" }), ms(500), ["at least 500.4ms", "500ms"]],
  ])("never read the same: %j, %j", (measured, limit, texts) => {
    expect(told(measured, [limit])).toEqual(texts);
  });

  test("have as many digits, so that their order is what it looks like", () => {
    expect(told(known("ms", 23.9), [twice, ms(20)], 11.8)).toEqual([
      "23.9ms",
      "23.6ms (2x baseline)",
      "20ms",
    ]);
  });
});

test("the laxest limit is the largest upper, or the smallest lower one", () => {
  const limits = resolveLimits([ms(10), ms(30), words("x")], () => known("ms", 1));
  expect(laxest("<=", limits)).toBe(30);
  expect(laxest(">=", limits)).toBe(10);
  expect(laxest("<=", [])).toBeNull();
});

describe("sets of words", () => {
  test.each<[string[], Comparison, Limit, string]>([
    [["v2"], "==", words("v2"), "holds"],
    [["v1", "v2"], "==", words("v2"), "broken"],
    [["v1", "v2"], "==", words("v2", "v1"), "holds"],
    [[], "==", words("v2"), "broken"],
    [["v1"], "!=", words("v2"), "holds"],
    [["v2"], "!=", words("v2"), "broken"],
    [["a", "b"], ">=", { kind: "number", value: 2 }, "holds"],
    [["a"], ">=", { kind: "number", value: 2 }, "broken"],
    [["a"], ">=", words("a"), "unknown"],
  ])("%j %s %j: %s", (seen, comparison, limit, expected) => {
    expect(weight(knownWords(seen), comparison, [limit])).toBe(expected);
  });
});
