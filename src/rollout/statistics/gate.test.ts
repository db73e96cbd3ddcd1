import { describe, expect, test } from "vitest";
import { hasEnough, isHopeless, weigh } from "./gate.ts";
import { GATE_RULES } from "./rules.ts";
import type { Sample } from "./sample.ts";
import { exactly, memory, readings, times, weighing } from "./testing/made-samples.ts";

const ms = (count: number, value: number): number[] => times(count, value * 1000);
const NOBODY: Sample = { names: [], ok: 0, failed: 0, latency: [] };

describe("a newcomer that answers as the others do", () => {
  test("is good, and every comparison is told with its numbers", () => {
    const decision = weigh(weighing({ memory: memory(readings(60, 61, 60, 61, 60, 61), []) }));
    expect(decision).toMatchObject({ verdict: "good", cause: null });
    expect(decision.reasons).toEqual([
      "errors 0% (0 of 300) against 0% (0 of 600) of app2, app3 at the same time, p = 1",
      "p50 10ms against 10ms of app2, app3 at the same time: 0% (0 of 300) above 10ms against 0% (0 of 600), p = 1",
      "p95 10ms against 10ms of app2, app3 at the same time: 0% (0 of 300) above 10ms against 0% (0 of 600), p = 1",
      expect.stringMatching(/^memory growth 0\.\d MiB \(6 readings\) against app2 0\.0 MiB/),
    ]);
    expect(decision.facts).toMatchObject({ alpha: { together: 0.01, tests: 4, each: 0.0025 } });
  });

  test("also where all of them fail alike: what the others had is told", () => {
    const newcomer = exactly(ms(285, 10), 15, "app1");
    const others = exactly(ms(570, 10), 30, "app2", "app3");
    const { verdict, reasons } = weigh(weighing({ newcomer, others }));
    expect(verdict).toBe("good");
    expect(reasons[0]).toContain("errors 5% (15 of 300) against 5% (30 of 600) of app2, app3");
  });

  test("also where all of them are slow alike, or it is better than they are", () => {
    const slow = exactly(ms(600, 900), 0, "app2");
    expect(weigh(weighing({ newcomer: exactly(ms(300, 900), 0), others: slow })).verdict).toBe(
      "good",
    );
    const failing = exactly(ms(300, 900), 300, "app2");
    expect(weigh(weighing({ others: failing })).verdict).toBe("good");
  });
});

describe("a newcomer that is worse", () => {
  test("fails more than the others: bad, with the numbers", () => {
    const newcomer = exactly(ms(310, 10), 17, "app1");
    const others = exactly(ms(650, 10), 0, "app2", "app3");
    expect(weigh(weighing({ newcomer, others }))).toMatchObject({
      verdict: "bad",
      cause: "errors",
      reasons: [
        "errors 5.2% (17 of 327) against 0% (0 of 650) of app2, app3 at the same time, p = 6.3e-9",
      ],
      facts: { errors: { worse: true, newcomer: 17 / 327, others: 0, floor: 0.01 } },
    });
  });

  test("is three times as slow: bad at both quantiles", () => {
    const { verdict, cause, reasons } = weigh(weighing({ newcomer: exactly(ms(300, 30), 0) }));
    expect({ verdict, cause }).toEqual({ verdict: "bad", cause: "slow" });
    expect(reasons).toEqual([
      expect.stringMatching(/^p50 30ms against 10ms of app2, app3 .* 100% \(300 of 300\) above/),
      expect.stringMatching(/^p95 30ms against 10ms/),
    ]);
  });

  test("is slow in its tail alone: the median hides nothing", () => {
    const newcomer = exactly([...ms(270, 10), ...ms(30, 200)], 0);
    const { verdict, reasons } = weigh(weighing({ newcomer }));
    expect(verdict).toBe("bad");
    expect(reasons).toEqual([expect.stringMatching(/^p95 200ms against 10ms/)]);
  });

  test("seven of ten answers take a hundred times as long: that is no pass", () => {
    const newcomer = exactly([...ms(90, 10), ...ms(210, 1000)], 0);
    expect(weigh(weighing({ newcomer })).verdict).toBe("bad");
    const ten = exactly([...ms(3, 10), ...ms(7, 1000)], 0);
    const [short, few] = [{ ...GATE_RULES, samples: 10 }, exactly(ms(10, 10), 0, "app2")];
    expect(weigh(weighing({ newcomer: ten, others: few, rules: short })).verdict).toBe("bad");
    expect(weigh(weighing({ newcomer: ten, others: few })).verdict).toBe("undecided");
  });

  test("leaks: bad, though it answers well", () => {
    const watch = memory(readings(60, 70, 82, 91, 99, 110, 121), readings(80, 80, 81, 80, 81, 80));
    expect(weigh(weighing({ memory: watch }))).toMatchObject({
      verdict: "bad",
      cause: "leak",
      reasons: [
        "memory growth 60.0 MiB (7 readings) against app2 0.0 MiB at the same time, p = 0.0002",
      ],
    });
  });
});

describe("no harm is seen in", () => {
  const good = (change: Parameters<typeof weighing>[0]) => weigh(weighing(change));

  test.each([
    ["60 MiB taken at once and kept", readings(60, 124, 124, 124, 124, 124, 124, 124)],
    ["a heap that settles", readings(60, 90, 105, 112, 114, 115, 115, 115, 115, 116, 116)],
    ["a saw", readings(60, 80, 100, 60, 80, 100, 60, 80, 100, 60, 80, 100)],
    ["steady growth of less than 32 MiB", readings(60, 65, 70, 75, 80, 85, 90)],
  ])("%s", (_, newcomer) => {
    expect(good({ memory: memory(newcomer, readings(80, 80, 80)) }).verdict).toBe("good");
  });

  test("growth that the peers have too", () => {
    const watch = memory(readings(60, 70, 80, 90, 100, 110), readings(80, 84, 88, 92, 96, 100));
    expect(good({ memory: watch }).verdict).toBe("good");
  });

  test("a difference that is sure but too small to matter", () => {
    const newcomer = exactly(ms(99_400, 10.5), 600);
    const others = exactly(ms(100_000, 10), 0, "app2");
    const { verdict, reasons } = good({ newcomer, others });
    expect(verdict).toBe("good");
    expect(reasons[0]).toContain("; too small a difference to matter");
    expect(reasons[1]).toContain("; too small a difference to matter");
  });

  test.each([
    ["four times the latency, where that is 3 ms", 1, 4],
    ["40 ms more, where that is 1.4 times", 100, 140],
  ])("%s", (_, usual, now) => {
    const others = exactly([...ms(570, usual), ...ms(30, usual + 0.1)], 0, "app2");
    const { verdict, reasons } = good({ newcomer: exactly(ms(300, now), 0), others });
    expect(verdict).toBe("good");
    expect(reasons[1]).toMatch(/^p50 .*; too small a difference to matter$/);
    expect(reasons[2]).toMatch(/^p95 .*; too small a difference to matter$/);
  });

  test("a difference that is large but may be chance", () => {
    const { verdict, reasons } = good({ newcomer: exactly(ms(297, 10), 3) });
    expect(verdict).toBe("good");
    expect(reasons[0]).toContain("p = 0.037; that may be chance");
  });
});

describe("nothing is concluded", () => {
  test.each([
    ["of a newcomer that nobody asked", { newcomer: NOBODY }, "too-few-answers"],
    ["from 299 answers", { newcomer: exactly(ms(299, 10), 0) }, "too-few-answers"],
    ["from 299 of the others", { others: exactly(ms(299, 10), 0, "app2") }, "too-few-answers"],
    ["where nobody else answered", { others: NOBODY }, "no-basis"],
    [
      "from failures of the others about latency",
      { others: exactly(ms(149, 10), 451, "app2") },
      "too-few-answers",
    ],
    [
      "from failures of its own about latency, where those are forgiven",
      {
        newcomer: exactly(ms(149, 10), 151),
        others: exactly(ms(300, 10), 300, "app2"),
        rules: { ...GATE_RULES, hopeless: { share: 0.9, answers: 20 } },
      },
      "too-few-answers",
    ],
    [
      "from five readings of memory",
      { memory: memory(readings(60, 60, 60, 60, 60), []) },
      "no-basis",
    ],
  ])("%s", (_, change, cause) => {
    const decision = weigh(weighing(change));
    expect(decision).toMatchObject({ verdict: "undecided", cause });
    expect(decision.reasons[0]).toMatch(/\d|nobody/);
    expect(JSON.parse(JSON.stringify(decision.facts))).toEqual(decision.facts);
  });

  test("where failures name nobody, and may be the newcomer's", () => {
    expect(weigh(weighing({ unclaimed: 5 })).verdict).toBe("good");
    const { verdict, cause, reasons } = weigh(weighing({ unclaimed: 15 }));
    expect({ verdict, cause }).toEqual({ verdict: "undecided", cause: "unclaimed" });
    expect(reasons[0]).toContain("15 requests failed at the same time without a name");
    expect(reasons[0]).toContain("(15 of 315)");
  });

  test("short of the samples even where every test would say bad", () => {
    expect(weigh(weighing({ newcomer: exactly(ms(200, 500), 60) })).verdict).toBe("undecided");
  });
});

describe("a hopeless newcomer", () => {
  test("is bad at once: half of twenty answers are enough", () => {
    const newcomer = exactly(ms(10, 10), 10, "app1");
    expect(isHopeless(newcomer, GATE_RULES)).toBe(true);
    expect(hasEnough(newcomer, NOBODY, GATE_RULES)).toBe(false);
    expect(weigh(weighing({ newcomer }))).toMatchObject({
      verdict: "bad",
      cause: "errors",
      reasons: [
        "errors 50% (10 of 20): 50% are bad at once; 0% (0 of 600) of app2, app3 at the same time",
      ],
    });
    expect(weigh(weighing({ newcomer, others: NOBODY })).verdict).toBe("bad");
  });

  test("is not one of nineteen answers, nor with fewer than half", () => {
    expect(isHopeless(exactly([], 19), GATE_RULES)).toBe(false);
    expect(isHopeless(exactly(ms(11, 10), 10), GATE_RULES)).toBe(false);
    expect(isHopeless(NOBODY, GATE_RULES)).toBe(false);
  });
});

test("both sides have enough from the samples on", () => {
  const [one, other] = [exactly(ms(299, 10), 1), exactly(ms(300, 10), 0)];
  expect(hasEnough(one, other, GATE_RULES)).toBe(true);
  expect(hasEnough(one, exactly(ms(299, 10), 0), GATE_RULES)).toBe(false);
  expect(hasEnough(exactly(ms(299, 10), 0), one, GATE_RULES)).toBe(false);
});
