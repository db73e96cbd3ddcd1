import { describe, expect, test } from "vitest";
import { fraction } from "../kit/seed.ts";
import type { Window } from "../model/assertion.ts";
import type { Span, Timeline } from "../model/timeline.ts";
import { madeStep } from "./testing/made-plan.ts";
import { MS, S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";
import { holdsBucket, mergeSpans, type Selection, selectWindow, subtractSpans } from "./windows.ts";

const steps = [
  madeStep("storm"),
  madeStep("freeze", { kind: "pause", held: true }),
  madeStep("rest", { kind: "wait", role: "action", target: null }),
];

function run(): RunBuilder {
  return new RunBuilder({ steps }).phases({ warmup: 1, baseline: 2, chaos: 10, recovery: 2 });
}

function calm(): Timeline {
  return run()
    .injection("storm#1", "app1", { applying: 4 * S, applied: 4.1 * S, recovered: 5 * S })
    .injection("storm#2", "app2", { applying: 4.5 * S, applied: 4.6 * S, recovered: 6 * S })
    .injection("freeze#1", "app3", {
      applying: 8 * S,
      applied: 8.2 * S,
      ended: 9 * S,
      recovered: 9.7 * S,
    })
    .injection("rest#1", null, { applying: 3 * S, applied: 3 * S, recovered: 12 * S })
    .ended("complete", 15 * S)
    .timeline();
}

const during = (step: string, plusMs = 0): Window => ({ kind: "during", step, plusMs });
const past = (step: string, plusMs = 0): Window => ({ kind: "after", step, plusMs });

function spansOf(window: Window, timeline = calm()): number[][] {
  return selectWindow(timeline, window).spans.map(({ from, to }) => [from / S, to / S]);
}

describe("a window as spans of the run, in seconds", () => {
  test.each<[string, Window, number[][]]>([
    ["the run has no warm-up", { kind: "run" }, [[1, 15]]],
    ["a phase is itself", { kind: "phase", phase: "chaos" }, [[3, 13]]],
    ["the warm-up can be asked for", { kind: "phase", phase: "warmup" }, [[0, 1]]],
    ["an instant fault lasts to its recovery, overlapping ones are one", during("storm"), [[4, 6]]],
    ["held harm lasts until it is undone", during("freeze"), [[8, 9]]],
    ["plus D adds to the end", during("freeze", 1500), [[8, 10.5]]],
    ["nothing lasts beyond the run", during("freeze", 60_000), [[8, 15]]],
    ["after begins with the end of the last harm", past("storm"), [[6, 15]]],
    ["after plus D begins later", past("freeze", 2000), [[11, 15]]],
    [
      "outside leaves out every harm, but not waiting",
      { kind: "outside" },
      [
        [1, 4],
        [6, 8],
        [9, 15],
      ],
    ],
  ])("%s", (_name, window, spans) => expect(spansOf(window)).toEqual(spans));
});

describe("an end that is undecided when the run ends", () => {
  const open = run()
    .injection("freeze#1", "app3", { applying: 8 * S, applied: 8.2 * S })
    .injection("storm#1", "app1", { applying: 9 * S, applied: 9.1 * S, unrecovered: 16 * S })
    .ended("complete", 16 * S)
    .timeline();

  test("is cut off there, and says so", () => {
    const selection = selectWindow(open, during("freeze"));
    expect(selection.spans).toEqual([{ from: 8 * S, to: 15 * S }]);
    expect(selection.doubts.join()).toContain("one injection of freeze was undecided");
  });

  test("leaves no time after it", () => {
    const selection = selectWindow(open, past("freeze"));
    expect(selection.spans).toEqual([]);
    expect(selection.absent?.reason).toContain("before the time after freeze began");
  });

  test("is decided for one that never recovered: it lasts to the end without a doubt", () => {
    const selection = selectWindow(open, during("storm"));
    expect(selection.spans).toEqual([{ from: 9 * S, to: 15 * S }]);
    expect(selection.doubts).toEqual([]);
  });
});

describe("a step that did nothing has no time", () => {
  test.each([
    ["skipped", true, "was skipped: no pause here"],
    ["not-injected", false, "was not injected: no pause here"],
  ] as const)("%s", (stage, skipped, reason) => {
    const timeline = run()
      .step("freeze", stage, 3 * S, "no pause here")
      .timeline();
    expect(selectWindow(timeline, during("freeze")).absent).toEqual({
      skipped,
      reason: `step freeze ${reason}`,
    });
  });

  test("never started", () => {
    expect(selectWindow(run().timeline(), past("storm")).absent?.reason).toBe(
      "step storm never started",
    );
  });
});

test("a harm that failed to be applied lasts until it was known to have failed", () => {
  const timeline = run()
    .injection("freeze#1", "app1", { applying: 4 * S, failed: 4.5 * S })
    .timeline();
  expect(spansOf(during("freeze"), timeline)).toEqual([[4, 4.5]]);
});

describe("100 ms buckets", () => {
  const cut = run()
    .injection("freeze#1", "app1", { applying: 4.05 * S, applied: 4.1 * S, ended: 5.05 * S })
    .ended("complete", 15 * S)
    .timeline();
  const holds = (window: Window, ms: number) =>
    holdsBucket(selectWindow(cut, window), { t: ms * MS });

  test.each<[Window, number, boolean]>([
    [during("freeze"), 3900, false],
    [during("freeze"), 4000, true],
    [during("freeze"), 5000, true],
    [during("freeze"), 5100, false],
    [past("freeze"), 5000, false],
    [past("freeze"), 5100, true],
    [{ kind: "outside" }, 3900, true],
    [{ kind: "outside" }, 4000, false],
    [{ kind: "outside" }, 5000, false],
    [{ kind: "run" }, 900, false],
    [{ kind: "run" }, 1000, true],
    [{ kind: "run" }, 14_900, true],
    [{ kind: "run" }, 15_000, false],
  ])("%j holds the one at %d ms: %s", (window, ms, expected) => {
    expect(holds(window, ms)).toBe(expected);
  });

  test("what the edges of phases and of the run cut is lost nowhere but in the warm-up", () => {
    const odd = new RunBuilder({ steps })
      .phases({ warmup: 1.03, baseline: 2.04, chaos: 3.05, recovery: 1.01 })
      .timeline();
    const held = (phase: "baseline" | "chaos" | "recovery", ms: number) =>
      holdsBucket(selectWindow(odd, { kind: "phase", phase }), { t: ms * MS });
    for (let ms = 1100; ms < 7200; ms += 100) {
      const phases = (["baseline", "chaos", "recovery"] as const).filter((phase) =>
        held(phase, ms),
      );
      expect(phases, `bucket at ${ms} ms`).toHaveLength(1);
      expect(holdsBucket(selectWindow(odd, { kind: "run" }), { t: ms * MS })).toBe(true);
    }
    expect(held("baseline", 1000)).toBe(false);
    expect(held("chaos", 3000)).toBe(true);
    expect(held("chaos", 6100)).toBe(true);
    expect(held("recovery", 7100)).toBe(true);
  });

  test("without a warm-up the first one counts", () => {
    const early = new RunBuilder().phases({ baseline: 1 });
    early.records.forEach((record, index) => {
      if (index === 0) early.records[0] = { ...record, t: 50 * MS };
    });
    expect(holdsBucket(selectWindow(early.timeline(), { kind: "run" }), { t: 0 })).toBe(true);
  });
});

test("of a thousand harms only a few are looked at for a bucket", () => {
  const made = run();
  for (let n = 0; n < 1000; n++) {
    const applying = 3 * S + n * 10 * MS;
    made.injection(`storm#${n}`, "app1", { applying, recovered: applying + 5 * MS });
  }
  const selection = selectWindow(made.ended("complete", 15 * S).timeline(), during("storm"));
  let looks = 0;
  const edges = selection.edges.map((edge) => ({
    ...edge,
    get to() {
      looks++;
      return edge.to;
    },
  }));
  expect(edges).toHaveLength(1000);
  const held = (ms: number) => holdsBucket({ ...selection, edges }, { t: ms * MS });
  expect([held(2900), held(3000), held(12_900), held(13_000)]).toEqual([false, true, true, false]);
  expect(looks).toBeLessThan(4 * 20);
});

describe("against brute force, moment by moment", () => {
  const random = (seed: number, ...parts: (string | number)[]) =>
    Math.floor(fraction(seed, ...parts) * 60);

  function someSpans(seed: number): Span[] {
    return Array.from({ length: random(seed, "n") % 6 }, (_, index) => {
      const from = random(seed, "from", index);
      return { from, to: from + (random(seed, "to", index) % 15) };
    });
  }

  const covers = (spans: readonly Span[], t: number) =>
    spans.some(({ from, to }) => from <= t && t < to);

  const moments = Array.from({ length: 132 }, (_, index) => index - 1);

  test("a union holds exactly the moments of its parts, and its spans do not touch", () => {
    for (let seed = 0; seed < 300; seed++) {
      const spans = someSpans(seed);
      const merged = mergeSpans(spans);
      expect(moments.filter((t) => covers(merged, t) !== covers(spans, t))).toEqual([]);
      const room = merged.slice(1).map(({ from }, index) => from - (merged[index] as Span).to);
      expect(Math.min(1, ...room)).toBeGreaterThan(0);
    }
  });

  test("a difference holds exactly the moments of the span that no hole holds", () => {
    for (let seed = 0; seed < 300; seed++) {
      const holes = mergeSpans(someSpans(seed));
      const span = {
        from: random(seed, "span"),
        to: random(seed, "span") + random(seed, "length"),
      };
      const left = subtractSpans(span, holes);
      const wanted = (t: number) => covers([span], t) && !covers(holes, t);
      expect(moments.filter((t) => covers(left, t) !== wanted(t))).toEqual([]);
    }
  });

  const takes = ({ from, to, head, tail }: Selection["edges"][number], t: number) =>
    (head === "cut" ? t + 100 * MS > from : t >= from) &&
    (tail === "cut" ? t < Math.max(to, from + 1) : t + 100 * MS <= to);

  test("a bucket is held when any of the edges takes it", () => {
    const buckets = Array.from({ length: 160 }, (_, index) => ({ t: index * 100 * MS }));
    for (let seed = 0; seed < 20; seed++) {
      const made = run();
      for (let n = 1; n <= random(seed, "harms"); n++) {
        const applying = 3 * S + Math.floor(fraction(seed, "at", n) * 10 * S);
        const recovered = applying + Math.floor(fraction(seed, "for", n) * 0.3 * S);
        made.injection(`storm#${n}`, "app1", { applying, applied: applying, recovered });
      }
      const timeline = made.ended("complete", 15 * S).timeline();
      for (const window of [during("storm"), during("storm", 50), { kind: "outside" } as const]) {
        const selection = selectWindow(timeline, window);
        const holds = ({ t }: { t: number }) => selection.edges.some((edge) => takes(edge, t));
        expect(buckets.filter((bucket) => holdsBucket(selection, bucket))).toEqual(
          buckets.filter(holds),
        );
      }
    }
  });

  test("each bucket of the run lies either in some step or outside all steps", () => {
    for (let seed = 0; seed < 60; seed++) {
      const made = run();
      for (let n = 1; n <= 4; n++) {
        const applying = 3 * S + Math.floor(fraction(seed, "at", n) * 8 * S);
        const recovered = applying + Math.floor(fraction(seed, "for", n) * 2 * S);
        made.injection(`storm#${n}`, "app1", { applying, applied: applying, recovered });
      }
      const timeline = made.ended("complete", 15 * S).timeline();
      const [inside, outside] = [during("storm"), { kind: "outside" } as const].map((window) =>
        selectWindow(timeline, window),
      );
      const buckets = Array.from({ length: 140 }, (_, index) => ({ t: S + index * 100 * MS }));
      const both = (bucket: { t: number }) =>
        holdsBucket(inside as never, bucket) === holdsBucket(outside as never, bucket);
      expect(buckets.filter(both)).toEqual([]);
    }
  });
});
