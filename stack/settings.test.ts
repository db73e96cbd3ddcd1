import { expect, test } from "vitest";
import { milliseconds, onOrOff, portNumber } from "./settings.ts";

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

test("a switch is on or off and nothing else", () => {
  expect(() => onOrOff({ FAILOVER: "false" }, "FAILOVER", "on")).toThrow('"on" or "off"');
});
