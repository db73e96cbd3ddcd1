import { describe, expect, test } from "vitest";
import { APPS, planOf, Rehearsal, rehearse } from "./rehearsal.ts";

const CRASH = "do: crash, target: { service: app }";
const PAUSE = "do: pause, target: { service: app }";

describe("when", () => {
  test("at counts from the start of chaos, also when the run is older", () => {
    const play = rehearse([`id: a, ${CRASH}, at: 2s`]);
    play.start(7_000_000);
    expect(play.log).toEqual([]);
    expect(play.wakeAt).toBe(9_000_000);
    play.until(8_999_999);
    expect(play.log).toEqual([]);
    play.until(9_000_000);
    expect(play.told()).toEqual(["9s a started", "9s inject a#1", "9s a ended", "9s done"]);
  });

  test("held harm is undone its time after it was applied, not ordered", () => {
    const play = rehearse([`id: a, ${PAUSE}, for: 3s`], "", APPS).withDelay({
      apply: 500_000,
      revert: 100_000,
    });
    play.start(0);
    play.until(10_000_000);
    expect(play.told()).toEqual([
      "0s a started",
      "0s inject a#1",
      "3.5s revert a#1",
      "3.6s a ended",
      "3.6s done",
    ]);
  });

  test("an instant fault ends as it is applied", () => {
    const play = rehearse([`id: a, ${CRASH}`]).withDelay({ apply: 200_000, recover: 3_000_000 });
    play.start(0);
    play.until(9_000_000);
    expect(play.told()).toEqual(["0s a started", "0s inject a#1", "0.2s a ended", "0.2s done"]);
  });

  test.each([
    ["started", 1],
    ["ended", 3.1],
    ["recovered", 6.1],
  ])("when: a %s + 1s", (moment, seconds) => {
    const when = `when: a ${moment} + 1s`;
    const play = rehearse([`id: a, ${PAUSE}, for: 2s`, `id: b, do: wait, for: 1s, ${when}`]);
    play.withDelay({ apply: 50_000, revert: 50_000, recover: 3_000_000 }).start(0);
    play.until(20_000_000);
    expect(play.told()).toContain(`${seconds}s inject b#1`);
  });

  test("until: harm lasts as long as the other step", () => {
    const play = rehearse([`id: a, ${PAUSE}, until: b ended`, "id: b, do: wait, for: 4s, at: 1s"]);
    play.start(0);
    play.until(20_000_000);
    expect(play.told()).toEqual([
      "0s a started",
      "0s inject a#1",
      "1s b started",
      "1s inject b#1",
      "5s revert b#1",
      "5s b ended",
      "5s revert a#1",
      "5s a ended",
      "5s done",
    ]);
  });

  test("chaos lasts as long as its phase says, when the steps are shorter", () => {
    const play = rehearse([`id: a, ${CRASH}`], "phases: { chaos: 8s }\n");
    play.start(0);
    play.until(20_000_000);
    expect(play.told().at(-1)).toBe("8s done");
  });

  test("what waits for a step that was not injected is not injected either, and what lasts until it ends at once", () => {
    const play = rehearse(
      [
        "id: a, do: crash, target: { replica: app1 }, at: 1s",
        "id: b, do: crash, target: { replica: app2 }, when: a ended",
        "id: c, do: pause, target: { replica: app3 }, until: a ended",
      ],
      "",
      APPS.slice(1),
    );
    play.start(0);
    play.until(5_000_000);
    expect(play.told()).toEqual([
      "0s c started",
      "0s inject c#1",
      "1s a not-injected",
      "1s b not-injected",
      "1s revert c#1",
      "1s c ended",
      "1s done",
    ]);
    expect(play.details()).toContain("it waits until a has ended, and a was not injected");
  });
});

describe("repeat", () => {
  test("times: every so often, numbered on, each with a jitter of its own", () => {
    const repeat = "repeat: { every: 2s, jitter: 500ms, times: 4 }";
    const play = rehearse([`id: a, ${CRASH}, ${repeat}`]).withDelay({ recover: 100_000 });
    play.start(0);
    play.until(60_000_000);
    const times = play.injected().map(({ at }) => at / 1e6);
    expect(play.injected().map(({ injection }) => injection)).toEqual(["a#1", "a#2", "a#3", "a#4"]);
    times.forEach((time, n) => {
      expect(time).toBeGreaterThanOrEqual(2 * n);
      expect(time).toBeLessThan(2 * n + 0.5);
    });
    expect(new Set(times.map((time, n) => time - 2 * n)).size).toBe(4);
    expect(play.details()).toEqual([""]);
  });

  test("for: as many as begin within the time", () => {
    const play = rehearse([`id: a, ${CRASH}, repeat: { every: 2s, for: 6s }`]);
    play.start(0);
    play.until(60_000_000);
    expect(play.injected().map(({ at }) => at / 1e6)).toEqual([0, 2, 4]);
  });

  test("an occurrence without targets waits, and the next keep their distance", () => {
    const repeat = "repeat: { every: 1s, times: 3 }";
    const play = rehearse([`id: a, do: crash, target: { replica: app1 }, ${repeat}`]).withDelay({
      recover: 2_500_000,
    });
    play.start(0);
    play.until(60_000_000);
    expect(play.injected().map(({ at }) => at / 1e6)).toEqual([0, 2.5, 5]);
    expect(play.told()).toContain("5s a ended");
  });

  test("an occurrence that still waits when its time is over is told, a monkey's is let go", () => {
    const repeat = "repeat: { every: 1s, for: 3s }";
    const step = `id: a, do: crash, target: { replica: app1 }, ${repeat}`;
    const play = rehearse([step]).withDelay({ recover: 60_000_000 });
    play.start(0);
    play.until(10_000_000);
    expect(play.told()).toContain("3s a not-injected");
    expect(play.details()[0]).toBe("1 injected; app1 has not recovered from a#1");

    const monkey = planOf([`id: a, ${CRASH}`], "monkey: { kinds: [crash], every: 1s, for: 9s }\n");
    const alone = new Rehearsal({ ...monkey, steps: monkey.steps.slice(1) }, APPS).withDelay({
      recover: 60_000_000,
    });
    alone.start(0);
    alone.until(20_000_000);
    expect(alone.injected()).toHaveLength(2);
    expect(alone.told()).toContain("9s monkey ended");
  });
});
