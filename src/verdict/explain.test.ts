import { describe, expect, test } from "vitest";
import type { Assertion, Window } from "../model/assertion.ts";
import type { SampleRecord } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import { checkAssertion } from "./checks.ts";
import { madeStep, madeTraffic, measureClaim, NOTHING_FAILS } from "./testing/made-plan.ts";
import { type MadeRequest, MS, S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";

type Change = (due: number) => Partial<MadeRequest>;

/** 30 s at 100/s; storm#1 from chaos +1 s to +1.5 s, storm#2 from +2 s to +2.5 s. */
function run(change: Change, kind = "crash", plan: Partial<Plan> = {}): RunBuilder {
  return new RunBuilder({ steps: [madeStep("storm", { kind })], ...plan })
    .phases({ baseline: 5, chaos: 20, recovery: 5 })
    .injection("storm#1", "app1", { applying: 6 * S, applied: 6.1 * S, recovered: 6.5 * S })
    .injection("storm#2", "app2", { applying: 7 * S, applied: 7 * S, recovered: 7.5 * S })
    .traffic(0, 30 * S, change)
    .ended("complete", 30.1 * S);
}

function explain(made: RunBuilder, assertion: Assertion = NOTHING_FAILS): string {
  const [finding] = checkAssertion(made.timeline(), assertion);
  return finding?.sentence ?? "";
}

/** The first `n` requests due from `from` s on fail so. */
const failing =
  (from: number, n: number, how: Partial<MadeRequest> = {}): Change =>
  (due) =>
    due >= from * S && due < from * S + n * 10 * MS
      ? { error: "refused", took: 1 * MS, ...how }
      : {};

describe("failed requests", () => {
  test("a balancer without failover: how many, when, in which step, what status, and what would mend it", () => {
    const bad = failing(7.1, 12, { error: "status", status: 502 });
    expect(explain(run(bad))).toBe(
      "12 of 3,000 requests failed between chaos +2.1s and +2.2s during storm#2 (crash of app2): 12 answered 502. " +
        "The balancer sent requests to a dead replica: let it try the next one (nginx: proxy_next_upstream error timeout), and take a replica that fails out of rotation.",
    );
  });

  test("several classes are counted, the most frequent first", () => {
    const bad: Change = (due) => ({
      ...failing(7, 3, { error: "reset" })(due),
      ...failing(7.03, 9)(due),
    });
    expect(explain(run(bad))).toContain("12 of 3,000 requests failed");
    expect(explain(run(bad))).toContain("9 refused, 3 reset.");
  });

  test("each class names its own statuses and replicas, and the advice those of the worst", () => {
    const bad: Change = (due) => ({
      ...failing(20, 3, { error: "body", status: 200, replica: "app1" })(due),
      ...failing(20.03, 5, { error: "status", status: 500, replica: "app3" })(due),
      ...failing(20.08, 2, { error: "cut", status: 206, replica: "app2" })(due),
    });
    const sentence = explain(run(bad));
    expect(sentence).toContain("5 answered 500 by app3, 3 with a wrong body by app1, 2 cut short.");
    expect(sentence).toContain("look at the log of app3");
    const timeouts: Change = (due) => ({
      ...failing(20, 5, { error: "timeout" })(due),
      ...failing(20.05, 2, { error: "status", status: 500, replica: "app3" })(due),
    });
    expect(explain(run(timeouts))).toContain("look at the log of the replicas");
  });

  test("those of several injections are told apart", () => {
    const bad: Change = (due) => ({
      ...failing(6.2, 2)(due),
      ...failing(7.2, 5)(due),
      ...failing(20, 1)(due),
    });
    expect(explain(run(bad))).toContain(
      "(5 during storm#2 (crash of app2), 2 during storm#1 (crash of app1), 1 outside every step)",
    );
  });

  test("one that was under way when the harm came is blamed on it", () => {
    const before = failing(5.99, 1, { error: "cut", took: 50 * MS });
    expect(explain(run(before))).toContain("at chaos +1.0s during storm#1");
    const long = failing(5.5, 1, { error: "cut", took: 50 * MS });
    expect(explain(run(long))).toContain("outside every step");
  });

  test("those that were not sampled count too", () => {
    const made = run(failing(7.1, 10));
    const kept = made.records.filter(({ type }) => type !== "sample");
    const sample = made.records.find(({ type }) => type === "sample") as SampleRecord;
    made.records.splice(0, made.records.length, ...kept, { ...sample, left: 9 });
    expect(explain(made)).toContain("10 of 3,000 requests failed at chaos +2.1s during storm#2");
  });

  test("those that were not sampled are dated by the others of their bucket", () => {
    const bad: Change = (due) => ({ ...failing(6.2, 2)(due), ...failing(7.2, 5)(due) });
    const made = run(bad);
    const samples = made.records.filter(({ type, t }) => type === "sample" && t % (100 * MS) === 0);
    const kept = made.records.filter(({ type }) => type !== "sample");
    made.records.splice(0, made.records.length, ...kept, ...samples);
    expect(samples).toHaveLength(2);
    expect(explain(made)).toContain(
      "(5 during storm#2 (crash of app2), 2 during storm#1 (crash of app1))",
    );
  });

  test("only the window's failures are told, and only those of the class asked for", () => {
    const bad: Change = (due) => ({
      ...failing(2, 4)(due),
      ...failing(7.2, 5, { error: "reset" })(due),
    });
    const window: Window = { kind: "phase", phase: "baseline" };
    const zero = [{ kind: "number", value: 0 }] as const;
    expect(explain(run(bad), measureClaim({ name: "failed" }, "==", zero, { window }))).toContain(
      "4 of 500 requests failed at baseline +2.0s outside every step: 4 refused.",
    );
    const resets = measureClaim({ name: "errors", errorClass: "reset" }, "==", zero);
    expect(explain(run(bad), resets)).toContain("5 of 3,000 requests failed at chaos +2.2s");
  });
});

describe("what would mend it depends on what was harmed and how it showed", () => {
  test.each<[string, Partial<MadeRequest>, string]>([
    ["crash", {}, "let it try the next one"],
    ["crash", { error: "status", status: 503 }, "no replica left"],
    ["crash", { error: "timeout" }, "a connect timeout well below the 1s of the client"],
    ["crash", { error: "status", status: 500, replica: "app3" }, "the log of app3"],
    ["pause", { error: "timeout" }, "a timeout for each try well below the 1s of the client"],
    ["pause", { error: "status", status: 504 }, "waited for a frozen replica"],
    ["stop", { error: "reset" }, "on SIGTERM it should answer `Connection: close`"],
    ["restart", { error: "status", status: 502 }, "on SIGTERM"],
    ["crash", { error: "dns" }, "http://balancer/ did not resolve"],
    ["crash", { error: "tls" }, "check the certificate"],
    ["crash", { error: "body" }, "not what was expected"],
  ])("%s, %j: %s", (kind, how, advice) => {
    expect(explain(run(failing(7.1, 5, how), kind))).toContain(advice);
  });

  test("outside every step it is the stack itself", () => {
    expect(explain(run(failing(20, 5)))).toContain("No step was on then");
  });

  test("requests that go straight to the harmed replica need a balancer first", () => {
    const traffic = [madeTraffic("main", { url: "http://app2:3000/" })];
    expect(explain(run(failing(7.1, 5), "crash", { traffic }))).toContain("goes straight to");
    expect(explain(run(failing(7.1, 5)))).not.toContain("straight");
  });

  test("a POST that may have been carried out is not to be repeated", () => {
    const traffic = [madeTraffic("main", { method: "POST" })];
    const sentence = explain(run(failing(7.1, 5), "crash", { traffic }));
    expect(sentence).toContain("a POST that was in flight may have been carried out");
    expect(explain(run(failing(7.1, 5)))).not.toContain("carried out");
  });
});

describe("slow and missing answers", () => {
  const frozen: Change = (due) =>
    due >= 7 * S && due < 7.5 * S ? { took: 7.5 * S + 10 * MS - due } : {};

  test("a latency tells how many took longer, when, and during what", () => {
    const p99 = measureClaim({ name: "latency", quantile: 0.99 }, "<=", [
      { kind: "duration", ms: 105 },
    ]);
    expect(explain(run(frozen, "pause"), p99)).toBe(
      "p99 was 210ms: 41 of 3,000 answers took longer than 105ms, between chaos +2.0s and +2.5s, most of them during storm#2 (pause of app2). " +
        "Requests waited for a frozen replica: give the balancer a timeout for each try well below the 1s of the client (nginx: proxy_read_timeout), and let it try the next one (nginx: proxy_next_upstream error timeout).",
    );
  });

  test("a gap tells from when to when nothing succeeded", () => {
    const gap = measureClaim({ name: "gap" }, "<=", [{ kind: "duration", ms: 100 }]);
    expect(explain(run(frozen), gap)).toContain(
      "Nothing was answered well for 510ms, between chaos +2.0s and +2.5s during storm#2 (crash of app2).",
    );
  });

  test("an outage is told with the failures it is made of", () => {
    const outage = measureClaim({ name: "outage" }, "<=", [{ kind: "duration", ms: 10 }]);
    const sentence = explain(run(failing(7.1, 12)), outage);
    expect(sentence).toContain(
      "No request succeeded for 120ms, of those due between chaos +2.1s and +2.2s.",
    );
    expect(sentence).toContain("12 of 3,000 requests failed");
  });

  test("what passes needs no explanation", () => {
    const outage = measureClaim({ name: "outage" }, "<=", [{ kind: "duration", ms: 200 }]);
    expect(explain(run(failing(7.1, 12)), outage)).toBe("");
  });
});

test("a request that was carried out twice is told", () => {
  const made = run(() => ({})).note("duplicates", { traffic: "main", orders: 1e6, duplicates: 2 });
  const none = measureClaim({ name: "duplicates" }, "==", [{ kind: "number", value: 0 }]);
  expect(explain(made, none)).toContain("2 requests were carried out more than once");
});

describe("who answered", () => {
  const made = run((due) => ({ version: due < 9 * S ? "v1" : "v2" }));
  const versions = (comparison: "==" | "!=", ...words: string[]) =>
    measureClaim({ name: "versions" }, comparison, [{ kind: "words", words }]);

  test("but should not have is told with how often and when", () => {
    expect(explain(made, versions("==", "v1"))).toBe(
      "v2 gave 2,100 answers, between chaos +4.0s and +25.0s.",
    );
    expect(explain(made, versions("==", "v1", "v2"))).toBe("");
  });

  test("and who never did", () => {
    expect(explain(made, versions("==", "v1", "v2", "v3"))).toBe("No answer came from v3.");
    expect(explain(made, versions("!=", "v1", "v2"))).toBe("Answers came from v1, v2.");
  });
});
