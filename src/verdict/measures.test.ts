import { describe, expect, test } from "vitest";
import { fraction } from "../kit/seed.ts";
import type { Measure, Window } from "../model/assertion.ts";
import type { Timeline } from "../model/timeline.ts";
import type { Measured } from "./measured.ts";
import { measure } from "./measures.ts";
import { madeStep } from "./testing/made-plan.ts";
import { type MadeRequest, MS, S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";
import { selectWindow } from "./windows.ts";

const RUN: Window = { kind: "run" };

function measured(
  timeline: Timeline,
  what: Measure | Measure["name"],
  window: Window = RUN,
): Measured {
  const selection = selectWindow(timeline, window);
  const [traffic] = timeline.traffic;
  if (!traffic) throw new Error("no traffic");
  return measure(
    { timeline, traffic, selection },
    (typeof what === "string" ? { name: what } : what) as Measure,
  );
}

const quantile = (q: number): Measure => ({ name: "latency", quantile: q });

/** 10 s at 100/s; `change` says what happens to the request due then. */
function tenSeconds(change: (due: number) => Partial<MadeRequest> = () => ({})): RunBuilder {
  return new RunBuilder({ steps: [madeStep("storm")] })
    .phases({ baseline: 3, chaos: 5, recovery: 2 })
    .traffic(0, 10 * S, change)
    .ended("complete", 10.1 * S);
}

const failing =
  (from: number, to: number, more: Partial<MadeRequest> = {}) =>
  (due: number): Partial<MadeRequest> =>
    due >= from && due < to ? { error: "refused", took: 1 * MS, ...more } : {};

describe("counts", () => {
  const timeline = tenSeconds(failing(4 * S, 4.25 * S)).timeline();

  test.each([
    ["requests", 1000],
    ["failed", 25],
    ["dropped", 0],
  ] as const)("%s", (name, value) => expect(measured(timeline, name).value).toBe(value));

  test("errors of a class are counted apart", () => {
    expect(measured(timeline, { name: "errors", errorClass: "refused" }).value).toBe(25);
    expect(measured(timeline, { name: "errors", errorClass: "timeout" }).value).toBe(0);
  });

  test("success is a share with its Wilson interval", () => {
    const { value, text, samples } = measured(timeline, "success");
    expect(value).toBe(0.975);
    expect(text).toBe("97.5% (95% CI 96.34% to 98.3%)");
    expect(samples).toBe(1000);
  });

  test("only the window's requests count", () => {
    const phase = (name: "baseline" | "chaos"): Window => ({ kind: "phase", phase: name });
    expect(measured(timeline, "failed", phase("chaos")).value).toBe(25);
    expect(measured(timeline, "failed", phase("baseline")).value).toBe(0);
  });

  test("a window in which nothing was due decides nothing", () => {
    const idle = new RunBuilder()
      .phases({ chaos: 5 })
      .ended("complete", 5 * S)
      .timeline();
    expect(measured(idle, "failed").unfit).toContain("no request was due");
    expect(measured(idle, "requests")).toMatchObject({ value: 0, unfit: null });
  });
});

describe("percentiles", () => {
  test("are those of all requests of the window together, never averages", () => {
    const slow = tenSeconds((due) =>
      due >= 9 * S ? { took: 500 * MS } : { took: 10 * MS },
    ).timeline();
    expect(measured(slow, quantile(0.9)).value).toBeCloseTo(10, 0);
    expect(measured(slow, quantile(0.95)).value).toBeCloseTo(500, -1);
    expect(measured(slow, quantile(1)).value).toBe(500);
  });

  test("are never above the exact largest, though known within 0.4 % only", () => {
    const same = tenSeconds(() => ({ took: 9984 })).timeline();
    expect(measured(same, quantile(0.5)).value).toBe(9.984);
  });

  test("are of successes only", () => {
    const mixed = tenSeconds(failing(4 * S, 8 * S, { took: 900 * MS })).timeline();
    expect(measured(mixed, quantile(1)).value).toBe(10);
    expect(measured(mixed, quantile(0.95)).samples).toBe(600);
  });

  test.each([
    [0.99, 10, null],
    [0.99, 9.99, "p99 needs 1,000 successes, there were 999"],
    [0.999, 10, "p99.9 needs 10,000 successes, there were 1,000"],
    [0.5, 0.2, null],
    [0.9, 1, null],
    [0.5, 0.19, "p50 needs 20 successes, there were 19"],
  ])("quantile %d of %d s at 100/s needs ten samples beyond it", (q, seconds, unfit) => {
    const run = new RunBuilder().phases({ chaos: 10 }).traffic(0, seconds * S);
    expect(measured(run.timeline(), quantile(q)).unfit).toBe(unfit);
  });

  test("say nothing when nothing succeeded", () => {
    expect(measured(tenSeconds(failing(0, 10 * S)).timeline(), quantile(0.5)).unfit).toContain(
      "succeeded",
    );
  });
});

describe("outage, gap and impaired time in ms", () => {
  const during = { kind: "phase", phase: "chaos" } as const;

  test("an outage lasts from the first failure to the next success by due time, with its bounds", () => {
    const { value, text } = measured(tenSeconds(failing(4 * S, 4.5 * S)).timeline(), "outage");
    expect(value).toBe(500);
    expect(text).toBe("500ms (490ms to 510ms)");
  });

  test("the longest counts, and nothing failing is 0", () => {
    const two = (due: number) => ({
      ...failing(4 * S, 4.1 * S)(due),
      ...failing(6 * S, 6.3 * S)(due),
    });
    expect(measured(tenSeconds(two).timeline(), "outage").value).toBe(300);
    expect(measured(tenSeconds().timeline(), "outage").value).toBe(0);
  });

  test("an outage is clipped to the window", () => {
    const across = tenSeconds(failing(7.5 * S, 8.7 * S)).timeline();
    expect(measured(across, "outage").value).toBe(1200);
    expect(measured(across, "outage", during).value).toBe(500);
    expect(measured(across, "outage", { kind: "phase", phase: "recovery" }).value).toBe(700);
  });

  test("one that the end of the traffic cut off is at least so long, and in doubt", () => {
    const open = measured(tenSeconds(failing(9.5 * S, 10 * S)).timeline(), "outage");
    expect(open).toMatchObject({ value: 500, text: "at least 500ms" });
    expect(open.doubts.join()).toContain("still going on when the traffic ended");
    const short = measured(tenSeconds(failing(9.98 * S, 10 * S)).timeline(), "outage");
    expect(short).toMatchObject({ value: 20, doubts: [] });
    const closed = measured(tenSeconds(failing(9 * S, 9.5 * S)).timeline(), "outage");
    expect(closed).toMatchObject({ value: 500, doubts: [] });
  });

  test("a freeze fails nothing, yet is a gap", () => {
    const frozen = tenSeconds((due) =>
      due >= 4 * S && due < 4.9 * S ? { took: 4.9 * S + 10 * MS - due } : {},
    ).timeline();
    expect(measured(frozen, "failed").value).toBe(0);
    expect(measured(frozen, "gap").value).toBe(910);
    expect(measured(frozen, "gap", { kind: "phase", phase: "baseline" }).value).toBe(0);
  });

  test("without a recorded gap it is known to be below two intervals", () => {
    expect(measured(tenSeconds().timeline(), "gap")).toMatchObject({
      value: 0,
      atMost: 20,
      text: "under 20ms",
    });
  });

  test("time in which every third request fails is impaired as a whole, a single failure is one interval", () => {
    const third = tenSeconds((due) =>
      due >= 4 * S && due < 6 * S && (due / (10 * MS)) % 3 === 0 ? { error: "refused" } : {},
    ).timeline();
    expect(measured(third, "impaired").value).toBeGreaterThan(1900);
    expect(measured(third, "impaired").value).toBeLessThanOrEqual(2000);
    expect(measured(third, "outage").value).toBe(10);
    expect(measured(tenSeconds(failing(4 * S, 4.01 * S)).timeline(), "impaired").value).toBe(10);
  });

  test("clipping agrees with brute force over random outages and windows", () => {
    for (let seed = 0; seed < 40; seed++) {
      const bad = (due: number) =>
        [0, 1, 2].some((n) => {
          const from = fraction(seed, "from", n) * 9.5 * S;
          return due >= from && due < from + fraction(seed, "for", n) * 1 * S;
        });
      const from = Math.floor(3 * S + fraction(seed, "window") * 4 * S);
      const to = from + Math.floor(fraction(seed, "length") * S);
      const timeline = tenSeconds((due) => (bad(due) ? { error: "refused" } : {}))
        .injection("storm#1", "app1", { applying: from, applied: from, recovered: to })
        .timeline();
      const window: Window = { kind: "during", step: "storm", plusMs: 0 };
      expect(measured(timeline, "outage", window).value).toBe(longestByHand(bad, from, to) / MS);
    }
  });

  /** The state at any moment is that of the last request due: walked in steps of 1 µs around each arrival. */
  function longestByHand(bad: (due: number) => boolean, from: number, to: number): number {
    let [longest, current] = [0, 0];
    for (let due = 0; due < 10 * S; due += 10 * MS) {
      const inside = Math.max(0, Math.min(due + 10 * MS, to) - Math.max(due, from));
      current = bad(due) ? current + inside : 0;
      longest = Math.max(longest, current);
    }
    return longest;
  }
});

describe("sets of names", () => {
  const mixed = (due: number) => ({
    replica: due < 5 * S ? "app1" : "app2",
    version: due < 5 * S ? "v1" : "v2",
  });

  test("are who answered in the window", () => {
    const timeline = tenSeconds(mixed).timeline();
    const silent = timeline.traffic[0]?.buckets[0]?.replicas as Record<string, number>;
    silent["app3"] = 0;
    expect(measured(timeline, "replicas").words).toEqual(["app1", "app2"]);
    expect(measured(timeline, "versions", { kind: "phase", phase: "recovery" }).words).toEqual([
      "v2",
    ]);
  });

  test("are unknown when answers name nobody", () => {
    const timeline = tenSeconds(mixed).timeline();
    const header = { ...timeline.header, identify: { replica: false, version: true } };
    expect(measured({ ...timeline, header }, "replicas").unfit).toBe(
      "answers do not name their replica",
    );
  });
});

describe("duplicates", () => {
  const noted = (duplicates: number, orders = 1000 + duplicates) =>
    tenSeconds()
      .note("duplicates", { traffic: "main", orders, duplicates, basis: "logs" })
      .timeline();

  test("are what the logs were folded into, with their source", () => {
    expect(measured(noted(3), "duplicates")).toMatchObject({
      value: 3,
      text: "3 (logs)",
      doubts: [],
    });
  });

  test("may be more while not every answered request was seen", () => {
    expect(measured(noted(0, 0), "duplicates").doubts).toEqual([
      "only 0 of 1,000 answered requests were seen to be carried out",
    ]);
    expect(measured(noted(3, 1002), "duplicates").doubts).toHaveLength(1);
  });

  test("are unknown when nobody counted them, or only for another traffic", () => {
    expect(measured(tenSeconds().timeline(), "duplicates").unfit).toContain("nothing counted");
    const facts = { traffic: "orders", orders: 1000, duplicates: 0 };
    const other = tenSeconds().note("duplicates", facts).timeline();
    expect(measured(other, "duplicates").unfit).toContain("nothing counted");
  });

  test("of the whole run are none in any window only when there were none", () => {
    const chaos: Window = { kind: "phase", phase: "chaos" };
    expect(measured(noted(0), "duplicates", chaos).value).toBe(0);
    expect(measured(noted(2), "duplicates", chaos).unfit).toContain("not known when");
  });
});
