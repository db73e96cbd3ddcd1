import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { NoteRecord } from "../model/journal.ts";
import { StealWatch, stealIn } from "./steal.ts";

describe("/proc/stat", () => {
  test.each([
    [
      "of all cores, in ticks of 10 ms",
      "cpu  2020 0 677 19120 243 0 37 25 0 0\ncpu0 1 2 3 4 5 6 7 9 0 0\n",
      250_000,
    ],
    ["of a kernel that does not count it", "cpu 2020 0 677 19120\n", null],
    ["of no Linux", "", null],
  ])("%s", (_, text, us) => {
    expect(stealIn(text)).toBe(us);
  });
});

describe("the watch", () => {
  const EPOCH_US = 7_000_000;
  let [atUs, stealUs] = [0, 0];
  let notes: NoteRecord[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    [atUs, stealUs, notes] = [EPOCH_US, 0, []];
  });
  afterEach(() => void vi.useRealTimers());

  function watch(known = true): StealWatch {
    const steal = () => (known ? stealUs : null);
    const started = new StealWatch(EPOCH_US, (note) => notes.push(note), {
      cores: 2,
      now: () => atUs,
      steal,
    });
    started.start();
    return started;
  }

  /** A quarter of a second passes, of which so much was stolen. */
  function quarter(stolenMs: number): void {
    atUs += 250_000;
    stealUs += stolenMs * 1000;
    vi.advanceTimersByTime(250);
  }

  test("notes the stretches in which a request could have had to wait, and what was withheld in all", () => {
    const started = watch();
    for (const ms of [10, 300, 60, 70]) quarter(ms);
    started.stop();
    expect(notes.map(({ stage, facts }) => [stage, facts])).toEqual([
      ["tester", { kind: "steal", from: 250_000, to: 500_000, us: 300_000 }],
      ["tester", { kind: "steal", from: 750_000, to: 1_000_000, us: 70_000 }],
      ["tester", { kind: "machine", cores: 2, stealShare: 0.22, worstStealShare: 0.6 }],
    ]);
  });

  test("a look that came late tells of the whole time since the last one", () => {
    const started = watch();
    atUs += 1_750_000;
    quarter(1000);
    started.stop();
    expect(notes[0]?.facts).toEqual({ kind: "steal", from: 0, to: 2_000_000, us: 1_000_000 });
  });

  test("is silent where the system does not tell, and when it was abandoned", () => {
    watch(false).stop();
    const abandoned = watch();
    abandoned.abandon();
    quarter(250);
    abandoned.stop();
    expect(notes).toEqual([]);
  });
});
