import { describe, expect, test } from "vitest";
import { clean, pad, shorten, textWidth, wrap } from "./text-width.ts";

describe("widths", () => {
  test.each([
    ["", 0],
    ["plain", 5],
    ["▲━╌", 3],
    ["e\u0301", 1],
    ["日本", 4],
    ["🔥", 2],
  ])("%j takes %i columns", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe("wrapping", () => {
  test("breaks at spaces and keeps every word", () => {
    expect(wrap("one two three four", 9)).toEqual(["one two", "three", "four"]);
  });

  test("breaks a word longer than the line behind a joint when it has one", () => {
    expect(wrap(".aegis/runs/20261120T135319Z-storm", 20)).toEqual([
      ".aegis/runs/",
      "20261120T135319Z-",
      "storm",
    ]);
    expect(wrap("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
  });

  test("never exceeds the width and loses nothing but blanks", () => {
    const text = "a-longer text/with:joints 日本語の長い言葉 and averyveryverylongwordwithout any";
    for (let width = 2; width <= 60; width++) {
      const lines = wrap(text, width);
      expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(width);
      expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
    }
  });

  test("an empty text is one empty line", () => {
    expect(wrap("", 10)).toEqual([""]);
  });
});

test("shortening says that something was left out, only where it was", () => {
  expect(shorten("checkout", 8)).toBe("checkout");
  expect(shorten("checkout", 6)).toBe("check…");
  expect(shorten("checkout", 6, "...")).toBe("che...");
});

test("padding counts columns, not characters", () => {
  expect(pad("日本", 6)).toBe("日本  ");
  expect(pad("7", 3, "end")).toBe("  7");
});

test("control characters, direction overrides and broken surrogates do not survive", () => {
  expect(clean("a\u001b[31mb\r\nc\u202ed\ud800")).toBe("a?[31mb cd?");
});
