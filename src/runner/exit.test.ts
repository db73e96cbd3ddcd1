import { expect, test } from "vitest";
import { worstExit } from "./exit.ts";

test.each([
  [[], 0],
  [[0, 0], 0],
  [[0, 3], 3],
  [[3, 1, 0], 1],
  [[1, 130], 130],
  [[6, 143], 6],
  [[5, 70, 2, 4, 6, 130, 1, 3, 0], 5],
])("of %j the one exit code is %d", (codes, exit) => expect(worstExit(codes)).toBe(exit));
