import { expect, test } from "vitest";
import { parseStat } from "./proc-table.ts";

const tail =
  "S 1 4242 4242 0 -1 4194560 100 0 0 0 25 5 0 0 20 0 11 0 987654 1000 200 18446744073709551615";

test("reads pid, group, state and cpu time of a stat line", () => {
  expect({ ...parseStat(`4242 (node) ${tail}`, () => 7) }).toEqual({
    pid: 4242,
    group: 4242,
    state: "S",
    cpuMs: 300,
    memoryBytes: 7,
  });
});

test("is not misled by brackets and spaces in the name", () => {
  expect(parseStat(`4242 (a) R 9 9 (b) ${tail}`, () => 0)).toMatchObject({
    group: 4242,
    cpuMs: 300,
  });
});

test("a torn line is no process", () => {
  expect(parseStat("4242 (node) S 1 42", () => 0)).toBeNull();
  expect(parseStat("", () => 0)).toBeNull();
});
