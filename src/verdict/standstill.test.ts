import { describe, expect, test } from "vitest";
import type { Assertion } from "../model/assertion.ts";
import type { Finding } from "../model/verdict.ts";
import { checkAssertion } from "./checks.ts";
import { measureClaim, NOTHING_FAILS } from "./testing/made-plan.ts";
import { type MadeRequest, MS, S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";

/** 10 s at 100/s. */
function tenSeconds(change: (due: number) => Partial<MadeRequest>): RunBuilder {
  return new RunBuilder()
    .phases({ baseline: 3, chaos: 5, recovery: 2 })
    .traffic(0, 10 * S, change)
    .ended("complete", 10.1 * S);
}

function check(run: RunBuilder, assertion: Assertion): Finding {
  return checkAssertion(run.timeline(), assertion)[0] as Finding;
}

const ms = (value: number) => ({ kind: "duration", ms: value }) as const;

describe("timeouts while the tester itself stood still", () => {
  /** What was due from 4.5 s to 5 s is not answered in time; nothing due from then on is sent before `until`. */
  const stoodStill = (until: number, error: "timeout" | "reset" = "timeout") =>
    tenSeconds((due) => ({
      late: due >= 5 * S ? Math.max(0, until - due) : 0,
      ...(due >= 4.5 * S && due < 5 * S ? { error, took: 1 * S } : {}),
    }));
  /** The same, and ten timeouts later on, with the tester awake. */
  const tenMore = tenSeconds((due) => ({
    late: due >= 5 * S ? Math.max(0, 5.7 * S - due) : 0,
    ...(due >= 4.5 * S && due < 5 * S ? { error: "timeout" as const, took: 1 * S } : {}),
    ...(due >= 8 * S && due < 8.1 * S ? { error: "timeout" as const, took: 1 * S } : {}),
  }));

  test("may be its own", () => {
    const finding = check(stoodStill(5.7 * S), NOTHING_FAILS);
    expect(finding.status).toBe("inconclusive");
    expect(finding.doubts.join()).toContain("stood still while 50 requests timed out");
  });

  test("are the stack's when it stood still for less than half of the timeout", () => {
    expect(check(stoodStill(5.4 * S), NOTHING_FAILS).status).toBe("fail");
  });

  test.each(["failed", "errors", "success"] as const)("excuse no more of %s", (name) => {
    const claim = (allowed: number) => {
      if (name === "success") {
        return measureClaim({ name }, ">=", [{ kind: "percent", fraction: 1 - allowed / 1000 }]);
      }
      const counted = name === "failed" ? { name } : ({ name, errorClass: "timeout" } as const);
      return measureClaim(counted, "<=", [{ kind: "number", value: allowed }]);
    };
    expect(check(tenMore, claim(9)).status).toBe("fail");
    expect(check(tenMore, claim(10)).status).toBe("inconclusive");
    expect(check(tenMore, claim(60)).status).toBe("pass");
  });

  test("are no excuse for too few failures", () => {
    const many = measureClaim({ name: "failed" }, ">=", [{ kind: "number", value: 60 }]);
    expect(check(stoodStill(5.7 * S), many).status).toBe("fail");
  });

  test("are no excuse for other failures", () => {
    expect(check(stoodStill(5.7 * S, "reset"), NOTHING_FAILS).status).toBe("fail");
  });

  test("also when it sent nothing meanwhile: by its own note", () => {
    const stall = { kind: "stall", from: 5 * S, to: 8 * S };
    expect(check(stoodStill(0).note("tester", stall, 8 * S), NOTHING_FAILS).status).toBe(
      "inconclusive",
    );
    expect(check(stoodStill(0), NOTHING_FAILS).status).toBe("fail");
  });
});

describe("timeouts while the host withheld the CPU", () => {
  /** What was due from 4.5 s to 5 s timed out; so much CPU was stolen in each of the quarters of a second from 4 s to 7 s. */
  const withheld = (ms: number, error: "timeout" | "reset" = "timeout") => {
    const run = tenSeconds((due) => (due >= 4.5 * S && due < 5 * S ? { error, took: 1 * S } : {}));
    for (let from = 4 * S; from < 7 * S; from += 250 * MS) {
      run.note("tester", { kind: "steal", from, to: from + 250 * MS, us: ms * MS }, from);
    }
    return run;
  };

  test("may be for want of it, when it lacked for half of their time", () => {
    const finding = check(withheld(126), NOTHING_FAILS);
    expect(finding.status).toBe("inconclusive");
    expect(finding.doubts.join()).toContain("steal time) while 50 requests timed out");
  });

  test("are the stack's when it lacked for less, or at another time", () => {
    expect(check(withheld(124), NOTHING_FAILS).status).toBe("fail");
    const before = { kind: "steal", from: 2 * S, to: 4 * S, us: 2 * S };
    expect(check(withheld(0).note("tester", before, 4 * S), NOTHING_FAILS).status).toBe("fail");
  });

  test("are no excuse for other failures", () => {
    expect(check(withheld(250, "reset"), NOTHING_FAILS).status).toBe("fail");
  });
});

describe("a gap in which the tester itself stood still", () => {
  /** Nothing due from 5 s on is sent before `until`; answers take 10 ms, from `badUntil` on well. */
  const stoodStill = (until: number, badUntil = 0) =>
    tenSeconds((due) => ({
      took: 10 * MS + Math.max(0, due >= 5 * S ? until - due : 0),
      late: due >= 5 * S ? Math.max(0, until - due) : 0,
      ...(due >= 5 * S && due < badUntil ? { error: "reset" as const } : {}),
    }));
  const gap = (limit: number) => measureClaim({ name: "gap" }, "<=", [ms(limit)]);

  test("may be its own", () => {
    const finding = check(stoodStill(5.6 * S), gap(500));
    expect(finding.status).toBe("inconclusive");
    expect(finding.doubts.join()).toMatch(/stood still for 6\d\dms of the gap/);
    expect(check(stoodStill(5.4 * S), gap(500)).status).toBe("pass");
  });

  test("is too long all the same when the rest of it is", () => {
    expect(check(stoodStill(5.6 * S, 6.3 * S), gap(500)).status).toBe("fail");
  });

  test("is an outage that may be its own", () => {
    const outage = (limit: number) => measureClaim({ name: "outage" }, "<=", [ms(limit)]);
    const finding = check(stoodStill(5.6 * S, 5.6 * S), outage(500));
    expect(finding.status).toBe("inconclusive");
    expect(finding.doubts.join()).toMatch(/stood still for 6\d\dms of the outage/);
    expect(check(stoodStill(5.6 * S, 6.3 * S), outage(500)).status).toBe("fail");
    expect(check(stoodStill(5.4 * S, 5.4 * S), outage(500)).status).toBe("pass");
  });

  test("excuses no other gap", () => {
    const both = tenSeconds((due) => ({
      took: 10 * MS + (due >= 5 * S ? Math.max(0, 5.6 * S - due) : 0),
      late: due >= 5 * S ? Math.max(0, 5.6 * S - due) : 0,
      ...(due >= 7 * S && due < 7.7 * S ? { error: "reset" as const } : {}),
    }));
    expect(check(both, gap(500)).status).toBe("fail");
  });
});
