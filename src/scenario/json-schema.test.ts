import { expect, test } from "vitest";
import { scenarioJsonSchema } from "./json-schema.ts";
import { KINDS } from "./testing.ts";

const SCHEMA = JSON.parse(JSON.stringify(scenarioJsonSchema(KINDS)));

test("editors learn every key, the units, and that nothing else is allowed", () => {
  expect(Object.keys(SCHEMA.properties)).toEqual(
    expect.arrayContaining([
      "version",
      "name",
      "traffic",
      "steps",
      "monkey",
      "assert",
      "abort-when",
    ]),
  );
  expect(SCHEMA.additionalProperties).toBe(false);
  expect(SCHEMA.required).toEqual(expect.arrayContaining(["version", "name"]));
  const traffic = SCHEMA.properties.traffic.additionalProperties;
  expect(traffic.properties.rate).toMatchObject({ type: "string", pattern: expect.any(String) });
  expect(traffic.required).toEqual(expect.arrayContaining(["url", "rate"]));
  expect(traffic.required).not.toContain("timeout");
  expect("250ms").toMatch(new RegExp(traffic.properties.timeout.pattern));
  expect("250").not.toMatch(new RegExp(traffic.properties.timeout.pattern));
  expect("PROPFIND").toMatch(new RegExp(traffic.properties.method.pattern));
  expect("CONNECT").not.toMatch(new RegExp(traffic.properties.method.pattern));
});

test("what stands under with: goes by the kind", () => {
  const step = SCHEMA.properties.steps.items;
  expect(step.properties.do.oneOf).toContainEqual({ const: "exec", description: "runs a command" });
  const exec = step.allOf.find((rule: { if: object }) =>
    JSON.stringify(rule.if).includes('"exec"'),
  );
  expect(exec.then.properties.with.properties).toHaveProperty("command");
  expect(exec.then.properties.with.additionalProperties).toBe(false);
});
