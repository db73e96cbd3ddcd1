import { describe, expect, test } from "vitest";
import { ErrorPacer, parseFailures } from "./failures.ts";

test("what is not named is off", () => {
  expect(parseFailures('{"latencyMs": 20}')).toEqual({
    errorRate: 0,
    latencyMs: 20,
    hang: false,
    leakBytesPerRequest: 0,
  });
});

describe("what is no failure is refused with what is allowed", () => {
  test.each([
    [
      '{"errorrate": 1}',
      'unknown failure "errorrate"; allowed are errorRate, latencyMs, hang, leak',
    ],
    ['{"toString": 1}', 'unknown failure "toString"'],
    ['{"errorRate": 2}', "errorRate must be a number from 0 to 1"],
    ['{"errorRate": "0.5"}', "errorRate must be a number from 0 to 1"],
    ['{"latencyMs": -1}', "latencyMs must be a number from 0 to 60000"],
    ['{"hang": 1}', "hang must be true or false"],
    ["[]", "expected an object"],
    ["nonsense", "the body is not JSON"],
  ])("%s", (text, message) => expect(() => parseFailures(text)).toThrow(message));
});

test.each([
  [0, 0],
  [0.1, 10],
  [0.25, 25],
  [1 / 3, 33],
  [1, 100],
])("of 100 requests an error rate of %d fails %d", (rate, failures) => {
  const pacer = new ErrorPacer();
  const failed = Array.from({ length: 100 }, () => pacer.next(rate)).filter(Boolean);
  expect(failed.length).toBe(failures);
});
