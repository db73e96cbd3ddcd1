import { expect, test } from "vitest";
import { countBefore } from "./search.ts";

test.each([
  [[], 5, 0],
  [[1, 3, 5], 0, 0],
  [[1, 3, 5], 3, 2],
  [[1, 3, 5], 4, 2],
  [[1, 3, 5], 9, 3],
  [[2, 2, 2], 2, 3],
])("of %j, %i or less are the first %i", (items, most, count) => {
  expect(countBefore(items, (item) => item <= most)).toBe(count);
});
