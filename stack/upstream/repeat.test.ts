import { expect, test } from "vitest";
import { mayRepeat } from "./repeat.ts";

test.each([
  ["GET", true, true, true],
  ["PUT", true, true, true],
  ["DELETE", true, true, true],
  ["PUT", true, false, false],
  ["POST", true, true, false],
  ["PATCH", true, true, false],
  ["POST", false, true, true],
  ["POST", false, false, true],
  ["GET", false, false, true],
])("%s, sent %s, body kept %s: repeated %s", (method, sent, bodyKept, repeated) => {
  expect(mayRepeat({ method, sent, bodyKept })).toBe(repeated);
});
