import { expect, test } from "vitest";
import { behaviourOf } from "./behaviour.ts";
import { NO_FAILURES } from "./failures.ts";

test("a release of which nothing is said works at once, for ever and without fail", () => {
  expect(behaviourOf({})).toEqual({
    failures: NO_FAILURES,
    workMs: 0,
    slowFactor: 1,
    readyAfterMs: 0,
    dieAfterMs: null,
    ballastBytes: 0,
  });
});

test.each([
  [{ FAIL_SHARE: "0.05" }, { failures: { ...NO_FAILURES, errorRate: 0.05 } }],
  [{ LEAK_BYTES: "4096" }, { failures: { ...NO_FAILURES, leakBytesPerRequest: 4096 } }],
  [
    { WORK_MS: "10", SLOW_FACTOR: "2.5" },
    { workMs: 10, slowFactor: 2.5 },
  ],
  [{ NEVER_READY: "1" }, { readyAfterMs: Number.POSITIVE_INFINITY }],
  [{ NEVER_READY: "0", READY_AFTER_MS: "3000" }, { readyAfterMs: 3000 }],
  [{ DIE_AFTER_MS: "0" }, { dieAfterMs: 0 }],
  [{ DIE_AFTER_MS: "600000" }, { dieAfterMs: 600_000 }],
  [{ BALLAST_BYTES: "67108864" }, { ballastBytes: 2 ** 26 }],
])("%j", (env, told) => expect(behaviourOf(env)).toMatchObject(told));

test.each([
  [{ FAIL_SHARE: "5%" }, "FAIL_SHARE must be a number from 0 to 1"],
  [{ FAIL_SHARE: "1.1" }, "FAIL_SHARE must be a number from 0 to 1"],
  [{ LEAK_BYTES: "1m" }, "LEAK_BYTES must be a whole number from 0 to 1048576"],
  [{ WORK_MS: "10ms" }, "WORK_MS must be a whole number from 0 to 60000"],
  [{ SLOW_FACTOR: "3x" }, "SLOW_FACTOR must be a number from 0 to 1000"],
  [{ NEVER_READY: "yes" }, "NEVER_READY must be a whole number from 0 to 1"],
  [{ READY_AFTER_MS: "-1" }, "READY_AFTER_MS must be a whole number"],
  [{ DIE_AFTER_MS: "2s" }, "DIE_AFTER_MS must be a whole number"],
  [{ BALLAST_BYTES: "64MiB" }, "BALLAST_BYTES must be a whole number from 0 to 1073741824"],
])("%j is refused", (env, message) => expect(() => behaviourOf(env)).toThrow(message));
