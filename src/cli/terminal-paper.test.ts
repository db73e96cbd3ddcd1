import { expect, test } from "vitest";
import { textWidth } from "../report/text-width.ts";
import { paperOptions, printTable } from "./terminal-paper.ts";
import { fakeHost } from "./testing/fake-host.ts";

const COLUMNS = [{ head: "name" }, { head: "what happens", least: 10 }, { head: "ready" }];
const ROWS = [
  ["zero-downtime", "replicas die at random while people use the stack", "ready"],
  ["freeze", "one answers nothing", "not ready"],
].map((row) => row.map((text) => ({ text })));

test.each([20, 30, 50, 80, 200])("a table is never wider than %i columns", (width) => {
  const host = fakeHost({ width });
  printTable(host, COLUMNS, ROWS);
  expect(Math.max(...host.out.map(textWidth))).toBeLessThanOrEqual(width);
  for (const { text } of ROWS.flat()) {
    const said = host.out.join(" ").replace(/\s+/g, " ");
    for (const word of text.split(" ")) expect(said).toContain(word);
  }
});

test("where columns have no room, each row is told line by line, with what stood above it", () => {
  const host = fakeHost({ width: 20 });
  printTable(host, COLUMNS, ROWS.slice(1));
  expect(host.out).toEqual([
    "freeze",
    "  what happens: one",
    "  answers nothing",
    "  ready: not ready",
  ]);
});

test("a terminal that does not speak UTF-8 gets signs of ASCII", () => {
  expect(paperOptions(fakeHost()).unicode).toBe(true);
  expect(paperOptions(fakeHost({ unicode: false })).unicode).toBe(false);
});
