import { describe, expect, test } from "vitest";
import type { JournalRecord } from "../model/journal.ts";
import { exampleHeader } from "./example/plan.ts";
import { exampleRun } from "./example/run.ts";
import { foldLive, type LiveState, startLive } from "./live.ts";
import { eventLine, type LiveEvent } from "./live-events.ts";
import { liveLine } from "./live-line.ts";
import { createPaper } from "./paper.ts";
import { textWidth } from "./text-width.ts";

const S = 1_000_000;
const PAPER = createPaper({ width: 100, color: false, unicode: true });

function fold(records: readonly JournalRecord[]): { state: LiveState; events: LiveEvent[] } {
  let state = startLive(exampleHeader.plan);
  const events: LiveEvent[] = [];
  for (const record of records) {
    const next = foldLive(state, record);
    state = next.state;
    events.push(...next.events);
  }
  return { state, events };
}

function until(t: number, word: "pass" | "fail" | "inconclusive" = "fail"): LiveState {
  const writtenAt = (record: JournalRecord) => (record.type === "outage" ? record.until : record.t);
  return fold(exampleRun(word).records.filter((record) => writtenAt(record) < t)).state;
}

function told(word: "pass" | "fail" | "inconclusive"): string[] {
  return fold(exampleRun(word).records).events.map((event) => eventLine(PAPER, event));
}

describe("the status line", () => {
  test("says the phase, how long it has lasted of how much, failures, and how the last second went", () => {
    expect(liveLine(PAPER, until(6 * S))).toMatch(
      /^baseline 3s of 10s {2}0 failed {2}220\/s {2}100% ok {2}p50 1\.\d+ms p99 \d\.\d+ms$/,
    );
  });

  test("shows the harm that is on, and who is recovering", () => {
    expect(liveLine(PAPER, until(25 * S))).toContain("freeze#1 pause app2");
    expect(liveLine(PAPER, until(28.6 * S))).toContain("freeze#1 app2 recovering");
    expect(liveLine(PAPER, until(30 * S))).not.toContain("freeze");
  });

  test("counts failures since the warm-up, and the success of the last second alone", () => {
    expect(liveLine(PAPER, until(25.7 * S))).toMatch(/[1-9]\d+ failed {2}220\/s {2}0% ok/);
    expect(liveLine(PAPER, until(31 * S))).toMatch(/4\d\d failed {2}220\/s {2}100% ok/);
  });

  test("fits every width from 20 to 200 in one line, and keeps the phase", () => {
    const state = until(25 * S);
    for (let width = 20; width <= 200; width++) {
      const line = liveLine(createPaper({ width, color: false, unicode: true }), state);
      expect(textWidth(line)).toBeLessThanOrEqual(width);
      expect(line).toMatch(/^chaos 12s/);
      expect(line).not.toMatch(/\p{Cc}/u);
    }
  });

  test("goes on counting when nothing comes, by the caller's clock", () => {
    expect(liveLine(PAPER, until(6 * S), 9 * S)).toMatch(/^baseline 7s of 10s/);
  });

  test("has something to say before the first record and after the last", () => {
    expect(liveLine(PAPER, startLive(exampleHeader.plan))).toBe("starting  0 failed");
    expect(liveLine(PAPER, fold(exampleRun("pass").records).state)).toMatch(/^ending/);
  });
});

describe("the plain lines", () => {
  test("tell phases, injections, recoveries and the end", () => {
    expect(told("pass")).toEqual([
      "      0s  warmup begins",
      "      2s  baseline begins",
      "     12s  chaos begins",
      "     12s  probe: skipped: this engine cannot exec: no shell in the replicas",
      "     12s  storm#1: crash of app2",
      "  12.61s  storm#1: app2 recovered in 606ms",
      "  14.07s  storm#2: crash of app1",
      "  14.76s  storm#2: app1 recovered in 691ms",
      "  16.13s  storm#3: crash of app3",
      "   16.9s  storm#3: app3 recovered in 776ms",
      "  18.19s  storm#4: crash of app1",
      "  19.05s  storm#4: app1 recovered in 861ms",
      "  20.25s  storm#5: crash of app2",
      "  21.19s  storm#5: app2 recovered in 946ms",
      "  24.42s  freeze#1: pause of app2",
      "  28.42s  freeze#1: pause of app2 over",
      "   28.9s  freeze#1: app2 recovered in 480ms",
      "     32s  recovery begins",
      "     42s  the run ended, complete",
    ]);
  });

  test("tell outages with what failed, and who did not recover", () => {
    const outages = told("fail").filter((line) => line.includes("outage"));
    expect(outages).toContain("   25.8s  orders: an outage of 1.2s, 80 requests failed (timeout)");
    expect(outages.join("\n")).toMatch(/main: \d+ outages of up to 1\.2s, \d+ requests failed/);
    expect(told("fail")).toContain("     42s  storm#5: app2 had not recovered when the run ended");
    expect(told("pass").join("\n")).not.toContain("outage");
  });

  test.each([
    ["interrupted", "interrupted by SIGINT", "the run ended, interrupted by SIGINT"],
    ["aborted", "main.success fell", "the run ended, aborted: main.success fell"],
  ] as const)("say once how a run %s", (reason, detail, said) => {
    const ended = { type: "run", t: S, stage: "ended", reason, detail, signal: null } as const;
    expect(fold([ended]).events.map(({ text }) => text)).toEqual([said]);
  });

  test("gather a flood of short outages into a line per second and traffic", () => {
    const [outage] = exampleRun("fail").records.filter((record) => record.type === "outage");
    if (outage?.type !== "outage") throw new Error("the example has outages");
    const flood = Array.from({ length: 500 }, (_, n) => {
      const t = 13 * S + n * 10_000;
      return { ...outage, t, until: t + 5000 };
    });
    const { events, state } = fold(flood);
    expect(events.length).toBeGreaterThanOrEqual(4);
    expect(events.length).toBeLessThanOrEqual(5);
    expect(events[0]?.text).toMatch(
      /^main: \d+ outages of up to 5ms, \d+ requests failed \(reset\)$/,
    );
    const end = exampleRun("fail").records.filter((record) => record.type === "run");
    expect(fold([...flood, ...end]).events.length).toBe(events.length + 2);
    expect(state.untold.length).toBeGreaterThan(0);
  });

  test("say what is not proven", () => {
    expect(told("inconclusive")).toContain(
      "  28.43s  freeze#1: pause of app2 is not proven: it ran again 0.2s after it was frozen",
    );
  });
});

test("what is remembered stays small however long the run is", () => {
  const state = until(41 * S);
  expect(state.recent.length).toBeLessThanOrEqual(20);
  expect(state.active.length).toBeLessThanOrEqual(1);
  expect(state.untold.length).toBe(0);
});
