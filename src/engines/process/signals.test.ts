import { expect, test } from "vitest";
import { toSignal } from "./signals.ts";

test.each([
  ["SIGTERM", "SIGTERM"],
  ["term", "SIGTERM"],
  ["QUIT", "SIGQUIT"],
  ["15", "SIGTERM"],
])("%s is %s", (text, signal) => {
  expect(toSignal(text)).toBe(signal);
});

test("an unknown signal is refused by its name", () => {
  expect(() => toSignal("SIGFOO")).toThrow('unknown stop signal "SIGFOO"');
});
