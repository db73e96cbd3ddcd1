import { expect, test } from "vitest";
import { decimalNumber, milliseconds, onOrOff, portNumber } from "./settings.ts";

test("absent and empty variables mean the default", () => {
  expect(milliseconds({}, "DRAIN_MS", 1500)).toBe(1500);
  expect(portNumber({ PORT: "" }, "PORT", 3000)).toBe(3000);
  expect(onOrOff({}, "FAILOVER", "on")).toBe(true);
});

test("given ones are read", () => {
  expect(milliseconds({ DRAIN_MS: "0" }, "DRAIN_MS", 1500)).toBe(0);
  expect(portNumber({ PORT: "65535" }, "PORT", 3000)).toBe(65_535);
  expect(onOrOff({ FAILOVER: "off" }, "FAILOVER", "on")).toBe(false);
});

test.each(["65536", "-1", "1.5", "80a", " 80"])("%j is no port", (PORT) => {
  expect(() => portNumber({ PORT }, "PORT", 1)).toThrow(
    `PORT must be a whole number from 0 to 65535, got "${PORT}"`,
  );
});

test.each([
  [{}, 1],
  [{ SLOW_FACTOR: "" }, 1],
  [{ SLOW_FACTOR: "3" }, 3],
  [{ SLOW_FACTOR: "2.25" }, 2.25],
])("of %j the number is %d", (env, value) => {
  expect(decimalNumber(env, "SLOW_FACTOR", 1, { min: 0, max: 10 })).toBe(value);
});

test.each(["11", "-1", ".5", "1e1", "0x2", "3x", " 3", "Infinity"])("%j is no number", (text) => {
  expect(() => decimalNumber({ SLOW_FACTOR: text }, "SLOW_FACTOR", 1, { min: 0, max: 10 })).toThrow(
    `SLOW_FACTOR must be a number from 0 to 10, got "${text}"`,
  );
});

test("a switch is on or off and nothing else", () => {
  expect(() => onOrOff({ FAILOVER: "false" }, "FAILOVER", "on")).toThrow('"on" or "off"');
});
