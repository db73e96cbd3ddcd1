import { expect, test } from "vitest";
import { isNewEnough } from "./trial.ts";

test.each([
  ["24.21.0", true],
  ["20.19.0", true],
  ["20.18.3", false],
  ["18.20.4", false],
  ["nonsense", false],
])("the Node of an image is new enough for our programs: %s %s", (version, isFit) => {
  expect(isNewEnough(version)).toBe(isFit);
});
