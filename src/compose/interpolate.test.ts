import { describe, expect, test } from "vitest";
import { interpolate } from "./interpolate.ts";

const ENV = { SET: "value", EMPTY: "", OTHER: "other", _x1: "odd" };

/** Written with @ for the dollar sign, so that no linter takes it for a template. */
const text = (written: string) => written.replaceAll("@", "$");

describe("variables are filled in as compose does", () => {
  test.each([
    ["plain", "plain"],
    ["a @SET b", "a value b"],
    ["@{SET}@{_x1}", "valueodd"],
    ["@MISSING@{MISSING}.", "."],
    ["@@SET @@@@ @@{SET}", text("@SET @@ @{SET}")],
    ["@{SET:-d} @{EMPTY:-d} @{MISSING:-d}", "value d d"],
    ["@{SET-d} @{EMPTY-d} @{MISSING-d}", "value  d"],
    ["@{SET:+alt}|@{EMPTY:+alt}|@{MISSING:+alt}", "alt||"],
    ["@{SET+alt}|@{EMPTY+alt}|@{MISSING+alt}", "alt|alt|"],
    ["@{SET:?no} @{EMPTY?no}.", "value ."],
    ["@{MISSING:-@{EMPTY:-@{OTHER}}}", "other"],
    ["@{MISSING:-}", ""],
    ["@{MISSING:-a:b-c?d}", "a:b-c?d"],
    ["@{MISSING:-@@}", "$"],
    ["http://x/@{SET}:80", "http://x/value:80"],
  ])("%s", (written, filled) => expect(interpolate(text(written), ENV)).toBe(filled));
});

describe("what cannot be filled in is told with its place", () => {
  test.each([
    ["ab @{MISSING:?set it}", 3, "the variable MISSING is required: set it"],
    ["@{EMPTY:?}", 0, "the variable EMPTY is required"],
    ["@{MISSING:-@{EMPTY:?inner}}", 11, "the variable EMPTY is required: inner"],
    ["x@{SET", 1, "not a variable"],
    ["@{SET:-a", 0, "not a variable"],
    ["cost: 5@", 7, "not a variable"],
    ["@1", 0, "not a variable"],
    ["@{1}", 0, "not a variable"],
    ["@(ls)", 0, "not a variable"],
    ["@{SET!x}", 0, "not a variable"],
  ])("%s", (written, offset, message) => {
    const problem = interpolate(text(written), ENV);
    expect(problem).toMatchObject({ offset, message: expect.stringContaining(message) });
  });
});
