import { expect, test } from "vitest";
import { usageBetween } from "./usage.ts";

const sample = { replica: "app1", instance: "100", at: 1_000_000, cpuMs: 50, memoryBytes: 7 };

test("the share of a core is the cpu time between two readings over the time between them", () => {
  const later = { ...sample, at: 3_000_000, cpuMs: 550 };
  expect(usageBetween([sample], [later])).toEqual([{ replica: "app1", cpu: 0.25, memoryBytes: 7 }]);
});

test("of a life that was not seen before it is not known", () => {
  const other = { ...sample, instance: "101", at: 3_000_000 };
  expect(usageBetween([sample], [other])[0]?.cpu).toBeNull();
  expect(usageBetween([], [sample])[0]?.cpu).toBeNull();
});
